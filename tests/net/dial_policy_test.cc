#include "verifier/net/dial_policy.h"

#include <gmock/gmock.h>

#include "verifier/base/status.h"

namespace chartseal::net {
namespace {

using ::testing::HasSubstr;

struct Case {
  const char* address;
  AddressClass expected;
};
class AddressTest : public testing::TestWithParam<Case> {};

TEST_P(AddressTest, IsClassified) {
  EXPECT_EQ(ClassifyAddress(GetParam().address), GetParam().expected) << GetParam().address;
}

INSTANTIATE_TEST_SUITE_P(
    All, AddressTest,
    testing::Values(
        Case{"8.8.8.8", AddressClass::kPublic}, Case{"172.15.255.255", AddressClass::kPublic},
        Case{"172.32.0.0", AddressClass::kPublic}, Case{"100.63.255.255", AddressClass::kPublic},
        Case{"100.128.0.0", AddressClass::kPublic}, Case{"2606:4700::1111", AddressClass::kPublic},
        Case{"10.0.0.1", AddressClass::kPrivate}, Case{"172.16.0.1", AddressClass::kPrivate},
        Case{"172.31.255.255", AddressClass::kPrivate}, Case{"192.168.1.1", AddressClass::kPrivate},
        Case{"100.64.0.1", AddressClass::kPrivate}, Case{"fd12::1", AddressClass::kPrivate},
        Case{"fc00::1", AddressClass::kPrivate}, Case{"::ffff:10.0.0.1", AddressClass::kPrivate},
        Case{"64:ff9b::10.0.0.1", AddressClass::kPrivate}, Case{"2002:0a00:0001::", AddressClass::kPrivate},
        Case{"127.0.0.1", AddressClass::kLoopback}, Case{"127.9.9.9", AddressClass::kLoopback},
        Case{"::1", AddressClass::kLoopback}, Case{"::ffff:127.0.0.1", AddressClass::kLoopback},
        Case{"::127.0.0.1", AddressClass::kLoopback}, Case{"169.254.169.254", AddressClass::kForbidden},
        Case{"169.254.0.1", AddressClass::kForbidden},
        Case{"::ffff:169.254.169.254", AddressClass::kForbidden}, Case{"fe80::1", AddressClass::kForbidden},
        Case{"fe80::1%eth0", AddressClass::kForbidden}, Case{"fd00:ec2::254", AddressClass::kForbidden},
        Case{"100.100.100.200", AddressClass::kForbidden}, Case{"0.0.0.0", AddressClass::kForbidden},
        Case{"::", AddressClass::kForbidden}, Case{"224.0.0.1", AddressClass::kForbidden},
        Case{"255.255.255.255", AddressClass::kForbidden}, Case{"ff02::1", AddressClass::kForbidden},
        Case{"", AddressClass::kForbidden}, Case{"not an address", AddressClass::kForbidden}));

TEST(ClassifyHostTest, SeesAddressesInEverySpellingOfAResolver) {
  EXPECT_EQ(ClassifyHost("2130706433"), AddressClass::kLoopback);
  EXPECT_EQ(ClassifyHost("0x7f.1"), AddressClass::kLoopback);
  EXPECT_EQ(ClassifyHost("0251.0376.0251.0376"), AddressClass::kForbidden);
  EXPECT_EQ(ClassifyHost("10.1"), AddressClass::kPrivate);
  EXPECT_EQ(ClassifyHost("localhost"), AddressClass::kLoopback);
  EXPECT_EQ(ClassifyHost("localhost."), AddressClass::kLoopback);
  EXPECT_EQ(ClassifyHost("x.localhost"), AddressClass::kLoopback);
  EXPECT_EQ(ClassifyHost("::1"), AddressClass::kLoopback);
  EXPECT_EQ(ClassifyHost("ghcr.io"), AddressClass::kPublic);
  EXPECT_EQ(ClassifyHost("localhost.example"), AddressClass::kPublic);
}

TEST(AllowsTest, EachScopeLetsInWhatIsNoFurtherInside) {
  const AddressClass classes[] = {AddressClass::kPublic, AddressClass::kPrivate, AddressClass::kLoopback,
                                  AddressClass::kForbidden};
  const auto allowed = [&](DialScope scope) {
    std::string pattern;
    for (const AddressClass address : classes) pattern += Allows(scope, address) ? '+' : '-';
    return pattern;
  };
  EXPECT_EQ(allowed(DialScope::kAnything), "++++");
  EXPECT_EQ(allowed(DialScope::kLoopback), "+++-");
  EXPECT_EQ(allowed(DialScope::kPrivate), "++--");
  EXPECT_EQ(allowed(DialScope::kPublic), "+---");
}

TEST(ScopeFromTest, AServerLeadsNoFurtherInsideThanItStands) {
  EXPECT_EQ(ScopeFrom(AddressClass::kPublic), DialScope::kPublic);
  EXPECT_EQ(ScopeFrom(AddressClass::kPrivate), DialScope::kPrivate);
  EXPECT_EQ(ScopeFrom(AddressClass::kLoopback), DialScope::kLoopback);
  EXPECT_EQ(ScopeFrom(AddressClass::kForbidden), DialScope::kPublic);
}

absl::Status Check(const char* from, const char* target, DialScope scope = DialScope::kPublic) {
  return CheckNamedByServer(*Url::Parse(from), *Url::Parse(target), scope, "token realm");
}

void ExpectRefused(const absl::Status& status, const char* why) {
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied) << status;
  EXPECT_EQ(ReasonOf(status), Reason::kDialRefused);
  EXPECT_THAT(Message(status), HasSubstr(why));
}

TEST(CheckNamedByServerTest, LetsARegistryNameItselfAndPublicHosts) {
  EXPECT_TRUE(Check("https://ghcr.io/v2/", "https://ghcr.io/token").ok());
  EXPECT_TRUE(Check("https://registry-1.docker.io/v2/", "https://auth.docker.io/token").ok());
  EXPECT_TRUE(Check("https://10.0.0.1/v2/", "https://10.0.0.1/token").ok());
  EXPECT_TRUE(Check("http://10.0.0.1/v2/", "http://10.0.0.2/token", DialScope::kPrivate).ok());
}

TEST(CheckNamedByServerTest, RefusesPrivateAddressesFromAPublicRegistry) {
  for (const char* target :
       {"https://127.0.0.1/", "https://localhost/", "https://10.0.0.1/", "https://[fd00::1]/",
        "https://192.168.0.1:8443/", "https://169.254.169.254/latest/", "https://2130706433/"}) {
    ExpectRefused(Check("https://ghcr.io/v2/", target), "further inside than the server that named it");
  }
}

TEST(CheckNamedByServerTest, RefusesMetadataEvenFromALoopbackRegistry) {
  ExpectRefused(Check("http://127.0.0.1:5000/", "http://169.254.169.254/", DialScope::kLoopback),
                "further inside");
}

TEST(CheckNamedByServerTest, RefusesPlainHttpUnlessTheRegistryIsPlain) {
  ExpectRefused(Check("https://ghcr.io/v2/", "http://ghcr.io/token"), "from https to plain http");
  EXPECT_TRUE(Check("http://registry.example/v2/", "http://auth.example/token").ok());
}

TEST(CheckNamedByServerTest, DoesNotShowTheQueryOfTheTarget) {
  const auto status = Check("https://ghcr.io/", "https://10.0.0.1/?sig=secret");
  EXPECT_THAT(Message(status), testing::Not(HasSubstr("secret")));
}

}  // namespace
}  // namespace chartseal::net
