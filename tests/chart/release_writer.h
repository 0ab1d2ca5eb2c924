#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "tests/chart/tar_writer.h"

// Writes release records as helm does. Shares no code with the reader.
namespace chartseal::chart {

inline std::string Base64(std::string_view bytes) {
  constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (size_t at = 0; at < bytes.size(); at += 3) {
    uint32_t bits = 0;
    for (size_t i = 0; i < 3; ++i) {
      bits = bits << 8 | (at + i < bytes.size() ? static_cast<unsigned char>(bytes[at + i]) : 0);
    }
    for (size_t i = 0; i < 4; ++i) {
      out.push_back(at + i > bytes.size() ? '=' : kAlphabet[bits >> (18 - 6 * i) & 63]);
    }
  }
  return out;
}

// The value under `release` of a ConfigMap.
inline std::string Encoded(std::string_view json) { return Base64(Gzip(json)); }

// `text` with `from`, which must stand in it once, made `to`.
inline std::string Replaced(std::string text, std::string_view from, std::string_view to) {
  const size_t at = text.find(from);
  EXPECT_TRUE(at != text.npos && text.find(from, at + 1) == text.npos)
      << "\"" << from << "\" does not stand in the text just once";
  return at == text.npos ? text : text.replace(at, from.size(), to);
}

// A record with every member that helm 3 and 4 write.
inline std::string RecordJson() {
  return R"({"name":"rel","info":{"first_deployed":"2026-11-23T18:01:02.041995587Z",)"
         R"("last_deployed":"2026-11-23T18:01:03Z","deleted":"","description":"Install complete",)"
         R"("status":"deployed","notes":"Thanks\n"},)"
         R"("chart":{"metadata":{"name":"app","home":"https://home.test","sources":["https://source.test"],)"
         R"("version":"1.2.3","description":"a \u003cb\u003e \u0026 c","keywords":["k"],)"
         R"("maintainers":[{"name":"Ann","email":"ann@example.test","url":"https://ann.test"}],)"
         R"("icon":"https://icon.test","apiVersion":"v2","condition":"c.on","tags":"t1","appVersion":"7",)"
         R"("deprecated":true,"annotations":{"example.test/a":"1","fleet.cattle.io/commit":"c0ffee"},)"
         R"("kubeVersion":"\u003e=1.25","dependencies":[{"name":"alias","version":"0.1.x",)"
         R"("repository":"oci://r.test","condition":"alias.on","tags":["t2"],"enabled":true,)"
         R"("import-values":[{"child":"c","parent":"p"}],"alias":"alias"}],"type":"application"},)"
         R"("lock":{"generated":"2026-01-02T03:04:05.6+02:00","digest":"sha256:00",)"
         R"("dependencies":[{"name":"sub","version":"0.1.0","repository":"oci://r.test"}]},)"
         R"("templates":[{"name":"templates/a.yaml","data":"YTogMQo=","modtime":"2026-11-23T17:56:01Z"},)"
         R"({"name":"templates/b.yaml","data":"e3sgLlggfX0K","modtime":"2026-11-23T17:56:01Z"}],)"
         R"("values":{"replicas":2,"list":[1,"two",3.5,null]},"schema":"e30=",)"
         R"("schemamodtime":"2026-11-23T17:56:02Z",)"
         R"("files":[{"name":"README.md","data":"IyBhcHAK","modtime":"2026-11-23T17:56:01Z"}],)"
         R"("modtime":"2026-11-23T17:56:03Z"},)"
         R"("config":{"replicas":4},)"
         R"("manifest":"---\n# Source: app/templates/a.yaml\na: 1\n",)"
         R"("hooks":[{"name":"rel-job","kind":"Job","path":"app/templates/job.yaml","manifest":"kind: Job",)"
         R"("events":["pre-install"],"last_run":{"started_at":"","completed_at":"","phase":"Running"},)"
         R"("weight":-5,"delete_policies":["hook-succeeded"],"output_log_policies":["hook-failed"]}],)"
         R"("version":3,"namespace":"ns","apply_method":"ssa"})";
}

}  // namespace chartseal::chart
