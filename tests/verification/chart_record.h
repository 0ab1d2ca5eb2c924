#pragma once

#include <string>
#include <utility>

#include "tests/verification/recorded.h"

// Decision records about objects that name charts.
namespace chartseal::verification {

// The record of an object of the chart that `record` has as its image.
inline DecisionRecord OfChart(DecisionRecord record) {
  RecordedImage chart = std::move(record.images.at(0));
  record.images.clear();
  chart.image = "registry.test/acme/charts/app:1.2.3";
  chart.paths = {"spec.url"};
  record.charts = {std::move(chart)};
  record.request.group = "source.toolkit.fluxcd.io";
  record.request.kind = "OCIRepository";
  return record;
}

// The same as if its policy also said no of what the object says.
inline DecisionRecord WithNo(DecisionRecord record, Reason reason, std::string_view policy = "release") {
  RecordedRuling ruling;
  ruling.policy = policy;
  ruling.mode = kModeEnforce;
  ruling.answer = reason == Reason::kChartSourceUnresolved ? kAnswerCouldNotTell : kAnswerNo;
  ruling.reason = reason;
  record.charts.at(0).rulings.push_back(std::move(ruling));
  record.verdict = kVerdictDenied;
  record.reason = reason;
  return record;
}

}  // namespace chartseal::verification
