// SPDX-License-Identifier: Zlib
// The functions that describe the library, against the system's zlib.
#define BOOST_TEST_MODULE abi_version
#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>

#include "support/reference_zlib.hpp"

using warpz::test::reference_zlib;

BOOST_AUTO_TEST_CASE(version_is_the_header_s_and_begins_as_zlib_s) {
    BOOST_TEST(std::string_view(zlibVersion()) == ZLIB_VERSION);
    BOOST_TEST(std::string_view(zlibVersion()).starts_with("1.3.2"));
    BOOST_TEST(zlib_version[0] == reference_zlib().zlibVersion()[0]);
}

// Programs split it at the dots and read numbers.
BOOST_AUTO_TEST_CASE(version_is_numbers_and_dots) {
    const std::string_view version = zlibVersion();
    BOOST_TEST(version.find_first_not_of("0123456789.") == version.npos);
}

BOOST_AUTO_TEST_CASE(version_numbers_agree_with_the_version_text) {
    BOOST_TEST(ZLIB_VERNUM == ((ZLIB_VER_MAJOR << 12) | (ZLIB_VER_MINOR << 8) |
                               (ZLIB_VER_REVISION << 4) | ZLIB_VER_SUBREVISION));
    const auto prefix = std::to_string(ZLIB_VER_MAJOR) + '.' + std::to_string(ZLIB_VER_MINOR) +
                        '.' + std::to_string(ZLIB_VER_REVISION);
    BOOST_TEST(std::string_view(ZLIB_VERSION).starts_with(prefix));
}

BOOST_AUTO_TEST_CASE(compile_flags_are_zlib_s) {
    BOOST_TEST(zlibCompileFlags() == reference_zlib().zlibCompileFlags());
}

BOOST_AUTO_TEST_CASE(error_texts_are_zlib_s) {
    // 1.2.13 reads outside its table for codes that do not exist; 1.3.2 answers with no text.
    for (int code = Z_VERSION_ERROR; code <= Z_NEED_DICT; ++code) {
        BOOST_TEST_CONTEXT("code " << code) {
            BOOST_TEST(std::string_view(zError(code)) == reference_zlib().zError(code));
        }
    }
    for (int code : {Z_VERSION_ERROR - 1, Z_NEED_DICT + 1, -1000000, 1000000}) {
        BOOST_TEST_CONTEXT("code " << code) { BOOST_TEST(std::string_view(zError(code)).empty()); }
    }
}
