#pragma once

// Joins two tokens after expanding them; for the macros of status.h and verdict.h.
#define CHARTSEAL_CONCAT_INNER_(a, b) a##b
#define CHARTSEAL_CONCAT_(a, b) CHARTSEAL_CONCAT_INNER_(a, b)
