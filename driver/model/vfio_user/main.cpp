// SPDX-License-Identifier: Zlib
// warpz-vdev: waits at a socket, serves one client after the other. Each gets a device of its own, fresh from a reset; what
// one leaves behind is gone before the next.
#include <signal.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>

#include "guarded_copy.hpp"
#include "options.hpp"
#include "session.hpp"

namespace {

using namespace warpz::vfio_user;

constinit const char* socket_path = nullptr;

void say(const char* text, const std::string& more = {}) {
    std::fprintf(stderr, "warpz-vdev: %s%s\n", text, more.c_str());
}

/// Asked to end: a client finds its device gone, which it has to be able to bear anyway.
void on_end(int) {
    unlink(socket_path);
    _exit(0);
}

void serve(Fd client, const DeviceOptions& options) {
    try {
        Session session(std::move(client), options);
        say("a client is here");
        session.run();
        say("the client is gone: ", session.describe());
    } catch (const std::exception& error) {
        say("the client cannot be served: ", error.what());
    }
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    const std::string problem =
        parse_options({argv + 1, static_cast<std::size_t>(argc > 0 ? argc - 1 : 0)}, options);
    if (!problem.empty()) {
        say(problem.c_str());
        std::fputs(kUsage, stderr);
        return 2;
    }
    if (options.wants_help || options.wants_version) {
        std::fputs(options.wants_help ? kUsage : "warpz-vdev " WARPZ_VERSION "\n", stdout);
        return 0;
    }
    if (options.backing != "cores") {
        std::string reason;
        const auto host = HostDevice::find(
            options.backing, {.proof = options.proof, .queues = options.device.queues}, reason);
        if (host == nullptr) {
            say((options.backing + ": ").c_str(), reason);
            return 1;
        }
        say("backed by ", host->name());
        options.device.backing = host;
    }
    const Fd listener = listen_at(options.socket.c_str());
    if (!listener.is_open()) {
        say((options.socket + ": ").c_str(), std::strerror(errno));
        return 1;
    }
    socket_path = options.socket.c_str();
    install_copy_guard();
    signal(SIGPIPE, SIG_IGN);
    signal(SIGTERM, on_end);
    signal(SIGINT, on_end);
    for (;;) {
        Fd client(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (client.is_open()) {
            serve(std::move(client), options.device);
        } else if (errno != EINTR && errno != ECONNABORTED) {
            say("no more clients: ", std::strerror(errno));
            unlink(socket_path);
            return 1;
        }
    }
}
