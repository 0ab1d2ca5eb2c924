#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "tests/webhook/server_fixture.h"

// What no well-meaning client sends. Each is refused with a status, the connection ends there (nothing behind
// it is taken for another request), and another caller is still served.
namespace chartseal::webhook {
namespace {

using ::testing::HasSubstr;

constexpr char kStart[] = "POST /validate HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
// What a smuggler hopes the server takes for a second request.
const std::string kBehind = PostText("/validate?smuggled", "{}");

class ServerHostileTest : public ServerTest {
 protected:
  void ExpectRefused(std::string_view bytes, int status, std::string_view why) {
    SCOPED_TRACE(std::string(bytes.substr(0, 200)));
    if (server_ == nullptr) Start();
    TestClient client(port());
    client.Send(bytes);
    const ClientReply reply = client.Receive();
    EXPECT_EQ(reply.status, status);
    EXPECT_THAT(reply.body, HasSubstr(std::string(why)));
    EXPECT_EQ(reply.Header("Connection"), "close");
    EXPECT_EQ(client.Receive().status, 0);
    EXPECT_TRUE(client.ClosedByServer(absl::Seconds(5)));
    EXPECT_TRUE(Serves());
  }

  // A request with these header lines, a body of two bytes, and another request behind it.
  void ExpectHeadersRefused(std::string_view headers, int status, std::string_view why) {
    ExpectRefused(Cat(kStart, headers, "\r\n\r\n{}", kBehind), status, why);
  }
  void ExpectChunksRefused(std::string_view chunks, int status, std::string_view why) {
    ExpectRefused(Cat(kStart, "Transfer-Encoding: chunked\r\n\r\n", chunks), status, why);
  }
};

// -- Heads without end

TEST_F(ServerHostileTest, AMillionHeadersAreAHeadTooLarge) {
  std::string bytes = kStart;
  for (int i = 0; i < 1'000'000; ++i) bytes += "a: b\r\n";
  ExpectRefused(bytes, 431, "the head is over the limit of 16384 bytes");
}

TEST_F(ServerHostileTest, AHeaderWithoutEndIsAHeadTooLarge) {
  ExpectRefused(Cat(kStart, "X-Long: ", std::string(8 << 20, 'x')), 431, "the head is over the limit");
}

TEST_F(ServerHostileTest, AHeaderNameWithoutEndIsAHeadTooLarge) {
  ExpectRefused(Cat(kStart, std::string(8 << 20, 'x')), 431, "the head is over the limit");
}

TEST_F(ServerHostileTest, ARequestLineWithoutEndIsAHeadTooLarge) {
  ExpectRefused(Cat("POST /", std::string(8 << 20, 'x')), 431, "the head is over the limit");
}

// -- Where a body ends

TEST_F(ServerHostileTest, TwoContentLengthsAreRefused) {
  const std::string_view why = "more than one Content-Length";
  ExpectHeadersRefused("Content-Length: 2\r\nContent-Length: 40", 400, "");
  ExpectHeadersRefused("Content-Length: 2\r\nContent-Length: 2", 400, why);
  ExpectHeadersRefused("Content-Length: 2\r\ncontent-length: 2", 400, why);
  ExpectHeadersRefused("Content-Length: 2, 2", 400, "");
}

TEST_F(ServerHostileTest, AContentLengthThatIsNoNumberIsRefused) {
  for (const char* length : {"-2", "+2", "0x2", "2 2", "2.0", "two", "", "2;", "\"2\""}) {
    ExpectHeadersRefused(Cat("Content-Length: ", length), 400, "this is not HTTP/1.1");
  }
}

TEST_F(ServerHostileTest, AHugeContentLengthIsRefusedBeforeAnyBodyComes) {
  for (const char* length : {"99999999999", "9223372036854775807", "18446744073709551615"}) {
    ExpectRefused(Cat(kStart, "Content-Length: ", length, "\r\n\r\n"), 413, "the body is over the limit");
  }
  // More than any integer holds.
  ExpectRefused(Cat(kStart, "Content-Length: 18446744073709551618\r\n\r\n"), 400, "this is not HTTP/1.1");
}

TEST_F(ServerHostileTest, ContentLengthWithTransferEncodingIsRefusedInEitherOrder) {
  ExpectHeadersRefused("Content-Length: 2\r\nTransfer-Encoding: chunked", 400, "");
  ExpectHeadersRefused("Transfer-Encoding: chunked\r\nContent-Length: 2", 400, "");
}

TEST_F(ServerHostileTest, AnotherTransferEncodingThanChunkedIsRefused) {
  for (const char* coding : {"chunked, identity", "identity", "gzip, chunked", "chunked, chunked", "xchunked",
                             "chunked;x=1", "\"chunked\"", "gzip"}) {
    ExpectHeadersRefused(Cat("Transfer-Encoding: ", coding), 400, "another Transfer-Encoding than chunked");
  }
}

TEST_F(ServerHostileTest, TwoTransferEncodingsAreRefused) {
  for (const char* first : {"chunked", "identity", "gzip"}) {
    ExpectHeadersRefused(Cat("Transfer-Encoding: ", first, "\r\nTransfer-Encoding: chunked"), 400,
                         "Transfer-Encoding");
  }
}

TEST_F(ServerHostileTest, ChunksFromAnHttp10ClientAreRefused) {
  ExpectRefused(Cat("POST /validate HTTP/1.0\r\nContent-Type: application/json\r\n",
                    "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", kBehind),
                400, "another Transfer-Encoding than chunked");
}

TEST_F(ServerHostileTest, ABodyThatIsCompressedIsNotTaken) {
  for (const char* coding : {"gzip", "GZIP", "deflate", "br", "identity, gzip"}) {
    ExpectHeadersRefused(Cat("Content-Length: 2\r\nContent-Encoding: ", coding), 415,
                         "a Content-Encoding is not taken");
  }
  ExpectHeadersRefused("Content-Length: 2\r\nContent-Encoding: identity\r\nContent-Encoding: gzip", 415,
                       "a Content-Encoding is not taken");
}

// -- Chunks

TEST_F(ServerHostileTest, AChunkExtensionWithoutEndIsRefused) {
  ExpectChunksRefused(Cat("2;", std::string(1 << 20, 'x')), 400, "a chunk line or trailers without end");
}

TEST_F(ServerHostileTest, TrailersWithoutEndAreRefused) {
  std::string trailers = "0\r\n";
  for (int i = 0; i < 100'000; ++i) trailers += "a: b\r\n";
  ExpectChunksRefused(trailers, 400, "a chunk line or trailers without end");
}

TEST_F(ServerHostileTest, AChunkSizeThatIsNoneIsRefused) {
  for (const char* size : {"-2", "+2", "0x2", "g", "", " 2", "FFFFFFFFFFFFFFFFFF"}) {
    ExpectChunksRefused(Cat(size, "\r\n{}\r\n0\r\n\r\n", kBehind), 400, "this is not HTTP/1.1");
  }
}

TEST_F(ServerHostileTest, AHugeChunkIsRefusedBeforeItComes) {
  ExpectChunksRefused("FFFFFFFFFFFFFFF\r\n", 413, "the body is over the limit");
}

TEST_F(ServerHostileTest, AChunkLongerThanItSaysIsRefused) {
  ExpectChunksRefused(Cat("2\r\n{}x\r\n0\r\n\r\n", kBehind), 400, "this is not HTTP/1.1");
}

TEST_F(ServerHostileTest, AMillionChunksOfOneByteAreABodyTooLarge) {
  Start({.body_bytes = 1 << 20});
  std::string chunks;
  for (int i = 0; i < 1'000'000; ++i) chunks += "1\r\n \r\n";
  ExpectChunksRefused(chunks, 413, "the body is over the limit of 1048576 bytes");
}

// -- Lines

TEST_F(ServerHostileTest, AFoldedHeaderIsRefused) {
  ExpectHeadersRefused("X-Folded: a\r\n b\r\nContent-Length: 2", 400, "a folded header line");
  ExpectHeadersRefused("Transfer-Encoding:\r\n\tchunked", 400, "a folded header line");
}

TEST_F(ServerHostileTest, ANulInAHeaderIsRefused) {
  for (const std::string& line : {std::string("X-Nul: a\0b", 10), std::string("X-\0Nul: a", 9)}) {
    ExpectHeadersRefused(Cat(line, "\r\nContent-Length: 2"), 400, "a control character in the head");
  }
}

TEST_F(ServerHostileTest, OtherControlsInAHeaderAreRefused) {
  for (const char* coding : {"\vchunked", "\fchunked", "chunked\x7f", "\bchunked"}) {
    ExpectHeadersRefused(Cat("Transfer-Encoding: ", coding), 400, "a control character in the head");
  }
}

TEST_F(ServerHostileTest, ABareLineFeedIsNoEndOfALine) {
  ExpectHeadersRefused("X-A: b\nContent-Length: 2", 400, "this is not HTTP/1.1");
  ExpectHeadersRefused("Content-Length: 2\nTransfer-Encoding: chunked", 400, "this is not HTTP/1.1");
  ExpectRefused(Cat("POST /validate HTTP/1.1\nHost: localhost\r\n\r\n", kBehind), 400,
                "this is not HTTP/1.1");
}

TEST_F(ServerHostileTest, ABareCarriageReturnIsNoEndOfALine) {
  ExpectHeadersRefused("X-A: b\rContent-Length: 2", 400, "this is not HTTP/1.1");
}

TEST_F(ServerHostileTest, AHeadOfBareLineFeedsIsNeverWhole) {
  Start({.head_time = absl::Milliseconds(200)});
  TestClient client(port());
  client.Send("POST /validate HTTP/1.1\nContent-Type: application/json\nContent-Length: 2\n\n{}");
  EXPECT_EQ(client.Receive().status, 0);
  EXPECT_TRUE(client.ClosedByServer(absl::Seconds(5)));
  EXPECT_TRUE(Serves());
}

TEST_F(ServerHostileTest, ASpaceBeforeTheColonIsRefused) {
  ExpectHeadersRefused("Content-Length : 2", 400, "this is not HTTP/1.1");
  ExpectHeadersRefused("Content-Length: 2\r\nTransfer-Encoding : chunked", 400, "this is not HTTP/1.1");
  ExpectHeadersRefused("Content-Length\t: 2", 400, "this is not HTTP/1.1");
}

TEST_F(ServerHostileTest, ALineThatIsNoHeaderIsRefused) {
  for (const char* line : {"no colon", ": no name", "na me: x", "n\"ame: x", "n\xc3\xa4me: x"}) {
    ExpectHeadersRefused(Cat(line, "\r\nContent-Length: 2"), 400, "this is not HTTP/1.1");
  }
}

TEST_F(ServerHostileTest, TwoHostsAreRefused) {
  ExpectHeadersRefused("Host: elsewhere\r\nContent-Length: 2", 400, "more than one Host");
}

TEST_F(ServerHostileTest, AnotherProtocolIsRefused) {
  for (const char* bytes :
       {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET /validate\r\n\r\n", "POST /validate HTTP/1.1 x\r\n\r\n",
        "POST  /validate HTTP/1.1\r\n\r\n", "POST /validate http/1.1\r\n\r\n", "EHLO there\r\n\r\n"}) {
    ExpectRefused(bytes, 400, "this is not HTTP/1.1");
  }
}

// -- Connections

TEST_F(ServerHostileTest, ManyAtOnceDoNotKeepAnotherCallerFromBeingServed) {
  Start();
  std::vector<std::unique_ptr<TestClient>> hostile;
  for (int i = 0; i < 30; ++i) {
    hostile.push_back(std::make_unique<TestClient>(port()));
    hostile.back()->Send(i % 2 == 0 ? std::string(kStart) + "X-Long: " + std::string(10'000, 'x')
                                    : std::string(kStart) + "Transfer-Encoding: chunked\r\n\r\n2;" +
                                          std::string(3'000, 'x'));
    EXPECT_TRUE(Serves()) << i;
  }
}

TEST_F(ServerHostileTest, AnOldConnectionThatIsIdleIsRetired) {
  Start({.idle_time = absl::Minutes(10), .connection_age = absl::Milliseconds(50)});
  TestClient used(port()), unused(port());
  EXPECT_EQ(used.Post("/validate", "{}").status, 200);
  EXPECT_TRUE(used.ClosedByServer(absl::Seconds(20)));
  EXPECT_TRUE(unused.ClosedByServer(absl::Seconds(20)));
  EXPECT_TRUE(Serves());
}

TEST_F(ServerHostileTest, AYoungConnectionThatIsIdleStays) {
  Start({.idle_time = absl::Minutes(10), .connection_age = absl::Minutes(10)});
  TestClient client(port());
  EXPECT_FALSE(client.ClosedByServer(limits::kRetireIdleTime + absl::Milliseconds(300)));
  EXPECT_EQ(client.Post("/validate", "{}").status, 200);
}

}  // namespace
}  // namespace chartseal::webhook
