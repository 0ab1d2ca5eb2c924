#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "verifier/workload/images.h"

// Objects for tests that look for images in them.
namespace chartseal::workload {

// Lives until the end of the program, as all test objects together are small.
inline JsonValue Json(const std::string& text) {
  static auto* const documents = new std::vector<std::shared_ptr<const JsonDocument>>();
  auto document = JsonDocument::Parse(text, "object");
  EXPECT_TRUE(document.ok()) << document.status() << text;
  documents->push_back(*std::move(document));
  return documents->back()->root();
}

// "path=reference" of each image.
inline std::vector<std::string> Texts(const Checked<std::vector<ImageUse>>& images) {
  if (!images.ok()) return {"REJECTED " + images.rejection().ToString()};
  std::vector<std::string> texts;
  for (const ImageUse& use : *images) texts.push_back(use.path + "=" + use.reference);
  return texts;
}

}  // namespace chartseal::workload
