// SPDX-License-Identifier: Zlib
// A shared object loaded so that it can only use its own functions (local scope, own symbols first), and the proofs
// that it does: a benchmark that measured one library under two names would still look plausible.
#pragma once

#include <string>

namespace warpz::bench {

class SharedObject {
  public:
    /// Loads `file`; a name without a slash is searched as the dynamic linker does. It stays loaded until the process
    /// ends. Throws std::runtime_error
    ///   - when there is none;
    ///   - when zlib's functions are visible to the whole process: a preloaded libz would answer for all;
    ///   - when it is an object that is loaded already, by path or by load address;
    ///   - when one of its relocations against a function that it defines itself leads out of it.
    explicit SharedObject(const std::string& file);

    /// The file's real path.
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

    /// Sets `function`; throws when the name is missing or is another object's.
    template <class Function>
    void resolve(const char* name, Function*& function) const {
        function = reinterpret_cast<Function*>(address_of(name));
    }

  private:
    [[nodiscard]] void* address_of(const char* name) const;

    void* handle_ = nullptr;
    std::string path_;
};

}  // namespace warpz::bench
