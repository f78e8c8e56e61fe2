// SPDX-License-Identifier: Zlib
// The Init functions over all parameters, and what every function says to a stream that is null, zeroed, copied by
// value, of the other direction, or already ended.
#include <boost/test/unit_test.hpp>
#include <cstring>
#include <functional>

#include "compat/conformance.hpp"

using namespace warpz::test;

namespace {

constexpr int kStreamBytes = static_cast<int>(sizeof(z_stream));

struct Call {
    const char* name;
    std::function<long long(const ZlibApi&, z_streamp)> run;
};

// Every function that takes a z_stream, with arguments that a good stream would accept.
std::vector<Call> deflate_calls() {
    return {
        {"deflate", [](auto& z, auto s) { return z.deflate(s, Z_NO_FLUSH); }},
        {"deflateSetDictionary",
         [](auto& z, auto s) {
             return z.deflateSetDictionary(s, reinterpret_cast<const Bytef*>("dictionary"), 10);
         }},
        {"deflateGetDictionary",
         [](auto& z, auto s) { return z.deflateGetDictionary(s, nullptr, nullptr); }},
        {"deflateParams", [](auto& z, auto s) { return z.deflateParams(s, 1, 0); }},
        {"deflateTune", [](auto& z, auto s) { return z.deflateTune(s, 4, 4, 8, 4); }},
        {"deflatePending", [](auto& z, auto s) { return z.deflatePending(s, nullptr, nullptr); }},
        {"deflatePrime", [](auto& z, auto s) { return z.deflatePrime(s, 1, 1); }},
        {"deflateSetHeader",
         [](auto& z, auto s) {
             static gz_header header{};
             return z.deflateSetHeader(s, &header);
         }},
        {"deflateResetKeep", [](auto& z, auto s) { return z.deflateResetKeep(s); }},
        {"deflateReset", [](auto& z, auto s) { return z.deflateReset(s); }},
        {"deflateCopy",
         [](auto& z, auto s) {
             z_stream copy{};
             return z.deflateCopy(&copy, s);
         }},
        {"deflateEnd", [](auto& z, auto s) { return z.deflateEnd(s); }},
    };
}

std::vector<Call> inflate_calls() {
    return {
        {"inflate", [](auto& z, auto s) { return z.inflate(s, Z_NO_FLUSH); }},
        {"inflateSetDictionary",
         [](auto& z, auto s) {
             return z.inflateSetDictionary(s, reinterpret_cast<const Bytef*>("dictionary"), 10);
         }},
        {"inflateGetDictionary",
         [](auto& z, auto s) { return z.inflateGetDictionary(s, nullptr, nullptr); }},
        {"inflateSync", [](auto& z, auto s) { return z.inflateSync(s); }},
        {"inflateSyncPoint", [](auto& z, auto s) { return z.inflateSyncPoint(s); }},
        {"inflatePrime", [](auto& z, auto s) { return z.inflatePrime(s, 1, 1); }},
        {"inflateMark", [](auto& z, auto s) { return z.inflateMark(s); }},
        {"inflateGetHeader",
         [](auto& z, auto s) {
             static gz_header header{};
             return z.inflateGetHeader(s, &header);
         }},
        {"inflateUndermine", [](auto& z, auto s) { return z.inflateUndermine(s, 0); }},
        {"inflateValidate", [](auto& z, auto s) { return z.inflateValidate(s, 1); }},
        {"inflateCodesUsed",
         [](auto& z, auto s) { return static_cast<long long>(z.inflateCodesUsed(s)); }},
        {"inflateResetKeep", [](auto& z, auto s) { return z.inflateResetKeep(s); }},
        {"inflateReset", [](auto& z, auto s) { return z.inflateReset(s); }},
        {"inflateReset2", [](auto& z, auto s) { return z.inflateReset2(s, 15); }},
        {"inflateCopy",
         [](auto& z, auto s) {
             z_stream copy{};
             return z.inflateCopy(&copy, s);
         }},
        {"inflateEnd", [](auto& z, auto s) { return z.inflateEnd(s); }},
    };
}

std::vector<Call> all_calls() {
    auto calls = deflate_calls();
    for (auto& call : inflate_calls()) calls.push_back(std::move(call));
    return calls;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(init)

BOOST_AUTO_TEST_CASE(deflate_parameters_are_accepted_and_refused_alike) {
    for (int level = -2; level <= 10; ++level) {
        BOOST_TEST_CONTEXT("level " << level) {
            same_on_both([&](const ZlibApi& zlib, Transcript& t) {
                for (int window_bits = -17; window_bits <= 49; ++window_bits) {
                    for (const int mem_level : {-1, 0, 1, 5, 9, 10}) {
                        for (int strategy = -1; strategy <= 5; ++strategy) {
                            TestStream strm(zlib);
                            t.note("window_bits", window_bits);
                            const int code =
                                strm.deflate_init(level, window_bits, mem_level, strategy);
                            t.note("code", code);
                            if (code != Z_OK) continue;
                            t.note("total",
                                   static_cast<long long>(strm->total_in + strm->total_out));
                            t.note("adler", static_cast<long long>(strm->adler));
                            t.note("data_type", strm->data_type);
                            t.note("msg", strm->msg);
                            t.note("end", strm.end());
                            t.note("has_state", strm->state != nullptr);
                        }
                    }
                }
            });
        }
    }
}

BOOST_AUTO_TEST_CASE(inflate_window_bits_are_accepted_and_refused_alike) {
    same_on_both([](const ZlibApi& zlib, Transcript& t) {
        for (int window_bits = -70; window_bits <= 70; ++window_bits) {
            TestStream strm(zlib);
            strm->adler = 77;
            t.note("window_bits", window_bits);
            const int code = strm.inflate_init(window_bits);
            t.note("code", code);
            if (code == Z_OK) {
                t.note("adler", static_cast<long long>(strm->adler));
                t.note("total", static_cast<long long>(strm->total_in + strm->total_out));
                t.note("msg", strm->msg);
                t.note("end", strm.end());
            }
            t.note("has_state", strm->state != nullptr);
        }
    });
}

BOOST_AUTO_TEST_CASE(the_method_must_be_deflate) {
    same_on_both([](const ZlibApi& zlib, Transcript& t) {
        for (const int method : {-1, 0, 7, 9, 15}) {
            z_stream strm{};
            t.note("code",
                   zlib.deflateInit2_(&strm, 6, method, 15, 8, 0, ZLIB_VERSION, kStreamBytes));
        }
    });
}

BOOST_AUTO_TEST_CASE(version_and_size_are_checked_first) {
    same_on_both([](const ZlibApi& zlib, Transcript& t) {
        for (const char* version :
             {"1", "1.2.3", "1.9.9", "2.0", "0", "", static_cast<const char*>(nullptr)}) {
            for (const int size : {kStreamBytes, kStreamBytes - 1, kStreamBytes + 1, 0, 56, 88}) {
                z_stream strm{};
                int code = zlib.deflateInit_(&strm, 6, version, size);
                t.note("deflateInit_", code);
                if (code == Z_OK) zlib.deflateEnd(&strm);
                code = zlib.deflateInit2_(&strm, 99, Z_DEFLATED, 15, 8, 0, version, size);
                t.note("deflateInit2_", code);
                code = zlib.inflateInit_(&strm, version, size);
                t.note("inflateInit_", code);
                if (code == Z_OK) zlib.inflateEnd(&strm);
                t.note("inflateInit2_", zlib.inflateInit2_(&strm, 99, version, size));
                t.note("null", zlib.deflateInit_(nullptr, 6, version, size));
                t.note("null", zlib.inflateInit_(nullptr, version, size));
            }
        }
    });
}

BOOST_AUTO_TEST_CASE(init_clears_msg_and_fills_in_the_allocators) {
    same_on_both([](const ZlibApi& zlib, Transcript& t) {
        for (const bool is_deflate : {true, false}) {
            z_stream strm;
            std::memset(&strm, 0x5A, sizeof strm);
            strm.zalloc = nullptr;
            strm.zfree = nullptr;
            t.note("init", is_deflate ? zlib.deflate_init(&strm) : zlib.inflate_init(&strm));
            t.note("msg", strm.msg);
            t.note("total_in", static_cast<long long>(strm.total_in));
            t.note("total_out", static_cast<long long>(strm.total_out));
            t.note("has_allocators", strm.zalloc != nullptr && strm.zfree != nullptr);
            t.note("opaque_is_null", strm.opaque == nullptr);
            t.note("reserved", static_cast<long long>(strm.reserved));
            t.note("end", is_deflate ? zlib.deflateEnd(&strm) : zlib.inflateEnd(&strm));
        }
    });
}

BOOST_AUTO_TEST_CASE(a_null_or_zeroed_stream_is_refused_by_every_function) {
    for (const auto& call : all_calls()) {
        BOOST_TEST_CONTEXT(call.name) {
            same_on_both([&](const ZlibApi& zlib, Transcript& t) {
                t.note("null", call.run(zlib, nullptr));
                z_stream strm{};
                t.note("zeroed", call.run(zlib, &strm));
            });
        }
    }
}

BOOST_AUTO_TEST_CASE(a_stream_copied_by_value_is_refused_by_every_function) {
    for (const auto& call : all_calls()) {
        BOOST_TEST_CONTEXT(call.name) {
            same_on_both([&](const ZlibApi& zlib, Transcript& t) {
                for (const bool is_deflate : {true, false}) {
                    TestStream strm(zlib);
                    t.note("init", is_deflate ? strm.deflate_init(6, 31) : strm.inflate_init(31));
                    z_stream moved = *strm.get();
                    t.note("moved", call.run(zlib, &moved));
                }
            });
        }
    }
}

BOOST_AUTO_TEST_CASE(a_stream_of_the_other_direction_is_refused_by_every_function) {
    same_on_both([](const ZlibApi& zlib, Transcript& t) {
        Bytes space(100);
        TestStream inflating(zlib);
        t.note("init", inflating.inflate_init(31));
        inflating.output(space);
        for (const auto& call : deflate_calls()) t.note(call.name, call.run(zlib, inflating.get()));
        TestStream deflating(zlib);
        t.note("init", deflating.deflate_init(6, 31));
        deflating.output(space);
        for (const auto& call : inflate_calls()) t.note(call.name, call.run(zlib, deflating.get()));
    });
}

BOOST_AUTO_TEST_CASE(an_ended_stream_is_refused_by_every_function) {
    for (const auto& call : all_calls()) {
        BOOST_TEST_CONTEXT(call.name) {
            same_on_both([&](const ZlibApi& zlib, Transcript& t) {
                for (const bool is_deflate : {true, false}) {
                    TestStream strm(zlib);
                    t.note("init", is_deflate ? strm.deflate_init() : strm.inflate_init());
                    t.note("end", strm.end());
                    t.note("state", strm->state != nullptr);
                    t.note("after", call.run(zlib, strm.get()));
                }
            });
        }
    }
}

BOOST_AUTO_TEST_CASE(a_stream_without_allocators_is_refused) {
    for (const auto& call : all_calls()) {
        BOOST_TEST_CONTEXT(call.name) {
            same_on_both([&](const ZlibApi& zlib, Transcript& t) {
                for (const bool is_deflate : {true, false}) {
                    TestStream strm(zlib);
                    t.note("init", is_deflate ? strm.deflate_init(6, 31) : strm.inflate_init(31));
                    const z_stream saved = *strm.get();
                    strm->zalloc = nullptr;
                    t.note("no_zalloc", call.run(zlib, strm.get()));
                    strm->zalloc = saved.zalloc;
                    strm->zfree = nullptr;
                    t.note("no_zfree", call.run(zlib, strm.get()));
                    strm->zfree = saved.zfree;
                }
            });
        }
    }
}

BOOST_AUTO_TEST_CASE(a_stream_of_the_other_library_is_refused_or_left_alone) {
    // Two libz in one process: a stream made by one and passed to the other must fail and stay usable.
    const ZlibApi& theirs = reference_zlib();
    const ZlibApi& ours = tested_zlib();
    for (const auto& call : all_calls()) {
        if (std::strcmp(call.name, "deflateCopy") == 0 ||
            std::strcmp(call.name, "inflateCopy") == 0)
            continue;
        if (!tests_own_library()) break;  // another zlib's state may look the same to zlib's check
        BOOST_TEST_CONTEXT(call.name) {
            TestStream deflating(theirs);
            BOOST_REQUIRE(deflating.deflate_init(6, 31) == Z_OK);
            TestStream inflating(theirs);
            BOOST_REQUIRE(inflating.inflate_init(31) == Z_OK);
            for (z_streamp strm : {deflating.get(), inflating.get()}) {
                const long long refused = call.run(ours, strm);
                BOOST_TEST((refused == Z_STREAM_ERROR || refused == -(1LL << 16) || refused == -1 ||
                            refused == 0xffff'ffff'ffffLL ||
                            std::strcmp(call.name, "inflateSyncPoint") == 0),
                           "returned " << refused);
            }
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
