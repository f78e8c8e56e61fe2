#!/usr/bin/env python3
# SPDX-License-Identifier: Zlib
"""log_shipper and log_sink, between which everything breaks: the sink is killed, the connection is cut at any byte, the
shipper is killed, the log is renamed under it. In the end the sink's file is the log.

usage: log_shipper.py CASE SHIPPER SINK     CASE: breaks, rotation, pipe, refusals
"""
import os
import pathlib
import random
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

CASE, SHIPPER, SINK = sys.argv[1:4]
SECONDS = 120  # after which a test that waits has failed


def make_lines(count, seed):
    rng = random.Random(seed)
    words = [f"word{i}" for i in range(200)]
    for i in range(count):
        yield f"{i:07d} " + " ".join(rng.choices(words, k=rng.randrange(20))) + "\n"


def wait_until(condition, what):
    end = time.monotonic() + SECONDS
    while not condition():
        if time.monotonic() > end:
            sys.exit(f"{what}: not after {SECONDS} s")
        time.sleep(0.005)


class Process:
    all = []

    def __init__(self, *command, **options):
        self.all.append(self)
        self.process = subprocess.Popen([str(word) for word in command], **options)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def end(self):
        return self.process.wait(SECONDS)


class Sink(Process):
    def __init__(self, path, port=0):
        self.path = path
        super().__init__(SINK, port, path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.port = int(self.process.stdout.readline().split()[1])

    def size(self):
        return os.path.getsize(self.path)

    def kill_and_restart(self):
        self.kill()
        self.__init__(self.path, self.port)


class Cutter(threading.Thread):
    """Stands between shipper and sink, and cuts each connection after some KB, often within a frame or an answer. What is on
    its way to the sink then gets there (and its acknowledgement does not get back), or is lost."""

    def __init__(self, to_port, seed):
        super().__init__(daemon=True)
        self.to_port = to_port
        self.rng = random.Random(seed)
        self.cuts = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.start()

    def run(self):
        while True:
            near, _ = self.listener.accept()
            with near:
                try:
                    with socket.create_connection(("127.0.0.1", self.to_port)) as far:
                        self.serve(near, far)
                        if self.rng.random() < 0.7:
                            far.shutdown(socket.SHUT_WR)
                            while far.recv(4096):
                                pass
                except OSError:
                    pass
            self.cuts += 1

    def serve(self, near, far):
        left = {near: self.rng.randrange(1, 120_000), far: self.rng.randrange(1, 200)}
        for side in (near, far):
            side.settimeout(0.002)
        while True:
            for here, there in ((near, far), (far, near)):
                try:
                    data = here.recv(min(left[here], 8192))
                except TimeoutError:
                    continue
                there.sendall(data)
                left[here] -= len(data)
                if not data or left[here] == 0:
                    far.settimeout(5)
                    return


def require(what, condition):
    if not condition:
        sys.exit(f"FAILED: {what}")
    print(f"ok: {what}")


def breaks(folder):
    lines = list(make_lines(100_000, 1))
    log, stored, state = folder / "log", folder / "stored", folder / "state"
    log.write_text("")
    sink = Sink(stored)
    cutter = Cutter(sink.port, 2)
    shipper = Process(SHIPPER, "-f", "-s", state, cutter.port, log)

    def append():
        with open(log, "a", buffering=50_000) as out:  # so that lines come in parts, too
            for line in lines:
                out.write(line)

    writer = threading.Thread(target=append)
    writer.start()
    total = sum(map(len, lines))
    kills = 0
    for step in range(1, 13):
        wait_until(lambda: sink.size() >= total * step // 14, f"step {step}")
        if step % 2:
            sink.kill_and_restart()
        else:
            shipper.kill()
            shipper = Process(SHIPPER, "-f", "-s", state, cutter.port, log)
        kills += 1
    writer.join()
    wait_until(lambda: sink.size() >= total, "all lines")
    shipper.kill()
    final = Process(SHIPPER, "-s", state, cutter.port, log)
    require("a shipper that finds everything shipped ends", final.end() == 0)
    sink.kill()
    require(f"{len(lines)} lines are there once and in order after {kills} kills and {cutter.cuts} cuts",
            stored.read_text() == "".join(lines))
    require("connections were cut", cutter.cuts >= 10)


def rotation(folder):
    log, stored, state = folder / "log", folder / "stored", folder / "state"
    lines = list(make_lines(6000, 3))
    sink = Sink(stored)
    wanted = 0

    def add(begin, end, rotated=None):
        nonlocal wanted
        if rotated:
            log.rename(folder / rotated)
        with open(log, "a") as out:
            out.writelines(lines[begin:end])
        wanted += sum(map(len, lines[begin:end]))

    add(0, 1000)
    shipper = Process(SHIPPER, "-f", "-s", state, sink.port, log)
    wait_until(lambda: sink.size() == wanted, "the first file")
    add(1000, 2000, "log.1")
    wait_until(lambda: sink.size() == wanted, "the file after a rotation")
    add(2000, 3000)
    wait_until(lambda: sink.size() == wanted, "what was added")
    wait_until(lambda: state.exists() and state.read_text().split()[2] == "3000", "the state")
    shipper.kill()
    add(3000, 4000)
    add(4000, 5000, "log.2")  # while no shipper is there
    shipper = Process(SHIPPER, "-f", "-s", state, sink.port, log)
    wait_until(lambda: sink.size() == wanted, "a rotation that no shipper saw")
    log.write_text("")  # cut, as copytruncate does
    time.sleep(0.1)
    add(5000, 6000)
    wait_until(lambda: sink.size() == wanted, "the file that was cut")
    shipper.kill()
    sink.kill()
    require("a log that was renamed and cut is there once and in order", stored.read_text() == "".join(lines))


def pipe(folder):
    lines = list(make_lines(20_000, 4))
    sink = Sink(folder / "stored")
    for part in (lines[:12_000], lines[12_000:]):
        shipper = Process(SHIPPER, sink.port, "-", stdin=subprocess.PIPE, text=True)
        shipper.process.stdin.write("".join(part))
        shipper.process.stdin.close()
        require("a shipper of a pipe ends with it", shipper.end() == 0)
    last = Process(SHIPPER, sink.port, "-", stdin=subprocess.PIPE, text=True)
    last.process.stdin.write("no newline")
    last.process.stdin.close()
    require("a line without its newline is one", last.end() == 0)
    sink.kill()
    require("lines of pipes follow each other", sink.path.read_text() == "".join(lines) + "no newline\n")


def refusals(folder):
    def talk(sink, data):
        """What the sink answers, to the end of the connection."""
        with socket.create_connection(("127.0.0.1", sink.port)) as one:
            one.settimeout(10)
            one.sendall(data)
            answer = b""
            while piece := one.recv(100):
                answer += piece
            return answer

    log, state = folder / "log", folder / "state"
    log.write_text("".join(make_lines(500, 5)))
    sink = Sink(folder / "stored")
    require("lines arrive", Process(SHIPPER, "-s", state, sink.port, log).end() == 0)
    header = struct.Struct("<QIIII")
    greeting = struct.pack("<Q", 500)
    magic = 0x314C5A57
    for what, data in {
        "another protocol": b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "a frame that is no zlib": header.pack(500, magic, 1, 10, 10) + b"0123456789",
        "a frame of the future": header.pack(900, magic, 0, 0, 8) + bytes.fromhex("789c030000000001"),
        "a frame of too much": header.pack(500, magic, 1, 1 << 30, 10),
    }.items():
        require(f"{what} is refused", talk(sink, data) == greeting)
    require("the sink goes on", Process(SHIPPER, "-s", state, sink.port, log).end() == 0)
    require("nothing was added", sink.path.read_text() == log.read_text())
    sink.kill()

    other = Sink(folder / "other")
    lost = subprocess.run([SHIPPER, "-s", state, str(other.port), log], capture_output=True, text=True)
    require("a sink that has lost lines is told",
            lost.returncode == 1 and "lost lines that it acknowledged" in lost.stderr)
    other.kill()
    more = Sink(folder / "stored")
    log.write_text("one line\n")
    found = subprocess.run([SHIPPER, str(more.port), log], capture_output=True, text=True)
    require("a log of less than the sink has is told",
            found.returncode == 1 and "the sink has lines that" in found.stderr)
    more.kill()
    for arguments in ([], ["1"], ["-x", "1", log], ["-f", "1", "-"], ["1", log, "more"]):
        require(f"usage: {arguments}", subprocess.run([SHIPPER, *arguments], capture_output=True).returncode == 2)
    require("usage of the sink", subprocess.run([SINK, "1"], capture_output=True).returncode == 2)


try:
    with tempfile.TemporaryDirectory() as name:
        {"breaks": breaks, "rotation": rotation, "pipe": pipe, "refusals": refusals}[CASE](pathlib.Path(name))
finally:
    for one in Process.all:
        one.kill()
