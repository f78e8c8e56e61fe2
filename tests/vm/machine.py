#!/usr/bin/env python3
# SPDX-License-Identifier: Zlib
"""Runs one virtual machine to its end and does what its guest asks of the host.

usage: machine.py OUT TIMEOUT QEMU-COMMAND...

The guest's console is the standard output of QEMU and is copied to ours. A line "@host N VERB ARGUMENTS" on it is a
request; the answer is written to OUT/answer.N, a folder that the guest sees. Verbs:

  fault TEXT       qom-set of the accelerator's fault; answered as counters
  counters         qom-get of what the accelerator has counted
  aer ERROR        an error of PCI Express that the accelerator tells its root port: MALF_TLP is fatal, COMP_ABORT is not
  unplug           device_del of the accelerator; answered when it is gone, or after a minute
  plug             device_add of it again
  kill             SIGKILL for the process that is the accelerator
  start            that process again

An accelerator that is a process is started before QEMU: its command line is in WARPZ_VM_VDEV, its words are in OUT/vdev.log.

The guest says "@result pass", "@result skipped: REASON" or "@result fail: REASON" once; without that the run has failed.
Exit 0, 77 or 1 accordingly, with the reason as last line of OUT/result. A guest whose first process does not come up within
five minutes is begun again, twice: on a busy host that happens to emulated machines, whatever is in them. Lines that
begin with "machine.py: " tell of it.
"""
import json
import os
import pathlib
import re
import shlex
import socket
import subprocess
import sys
import threading
import time

BOOT_SECONDS = 300
BOOTS = 3
DEVICE = "/machine/peripheral/acc"


class Monitor:
    """QMP: one command at a time; events are kept."""

    def __init__(self, path):
        deadline = time.monotonic() + 60
        self.socket = socket.socket(socket.AF_UNIX)
        while True:
            try:
                self.socket.connect(path)
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
        self.file = self.socket.makefile("rw")
        self.events = []
        self.read()
        self.call("qmp_capabilities")

    def read(self):
        line = self.file.readline()
        if not line:
            raise EOFError("the monitor is closed")
        return json.loads(line)

    def call(self, command, **arguments):
        self.file.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self.file.flush()
        while True:
            message = self.read()
            if "event" in message:
                self.events.append(message)
            elif "error" in message:
                raise RuntimeError(message["error"]["desc"])
            else:
                return message["return"]

    def wait_event(self, name, seconds):
        self.socket.settimeout(seconds)
        try:
            while not any(event["event"] == name for event in self.events):
                self.events.append(self.read())
        finally:
            self.socket.settimeout(None)
        self.events = [event for event in self.events if event["event"] != name]


class Machine:
    def __init__(self, out, command):
        self.out = pathlib.Path(out)
        self.monitor_path = str(self.out / "qmp")
        self.device = next((a for a in command if a.startswith("warpz-zip") or '"vfio-user-pci"' in a), None)
        self.environment = dict(os.environ)
        self.vdev_command = shlex.split(self.environment.pop("WARPZ_VM_VDEV", ""))
        self.vdev = None
        preload = self.environment.pop("WARPZ_VM_PRELOAD", None)
        self.command = (["env", "LD_PRELOAD=" + preload] if preload else []) + [
            *command, "-qmp", f"unix:{self.monitor_path},server=on,wait=off"]
        self.monitor = None
        self.result = None
        self.is_up = False

    def serve(self, request):
        verb, *words = request
        if self.monitor is None:
            self.monitor = Monitor(self.monitor_path)
        if verb == "fault":
            self.monitor.call("qom-set", path=DEVICE, property="fault", value=words[0])
        if verb in ("fault", "counters"):
            return self.monitor.call("qom-get", path=DEVICE, property="counters")
        if verb == "aer":
            answer = self.monitor.call("human-monitor-command", **{"command-line": f"pcie_aer_inject_error acc {words[0]}"})
            return answer.strip() if answer.startswith("OK") else f"error: {answer.strip()}"
        if verb == "unplug":
            self.monitor.call("device_del", id="acc")
            self.monitor.wait_event("DEVICE_DELETED", 60)
            return "ok"
        if verb == "plug":
            self.monitor.call("device_add", **self.device_arguments())
            return "ok"
        if verb == "kill":
            self.stop_vdev()
            return "ok"
        if verb == "start":
            self.start_vdev()
            return "ok"
        return "error: no such verb"

    def device_arguments(self):
        if self.device.startswith("{"):
            return json.loads(self.device)
        driver, _, options = self.device.partition(",")
        arguments = dict(option.split("=", 1) for option in options.split(",") if option)
        # The monitor asks for values of the right type, other than the command line.
        switches = {"on": True, "off": False}
        return {"driver": driver, **{name: switches.get(value, value) for name, value in arguments.items()}}

    def start_vdev(self):
        with open(self.out / "vdev.log", "ab") as log:
            self.vdev = subprocess.Popen(self.vdev_command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        path = self.vdev_command[self.vdev_command.index("--socket") + 1]
        deadline = time.monotonic() + 30
        while True:
            with socket.socket(socket.AF_UNIX) as probe:
                try:
                    probe.connect(path)
                    return
                except OSError:
                    if time.monotonic() > deadline or self.vdev.poll() is not None:
                        raise
            time.sleep(0.1)

    def stop_vdev(self):
        self.vdev.kill()
        self.vdev.wait()

    def take_line(self, line):
        match = re.search(r"@host (\d+) (.*)", line)
        if match:
            try:
                answer = self.serve(shlex.split(match.group(2)))
            except (RuntimeError, OSError, EOFError) as error:
                answer = f"error: {error}"
            part = self.out / f"answer.{match.group(1)}.part"
            part.write_text(str(answer) + "\n")
            part.rename(self.out / f"answer.{match.group(1)}")
            print(f"@answer {match.group(1)} {answer}", flush=True)
        match = re.search(r"@result (pass|(?:skipped|fail): .*)", line)
        if match and self.result is None:
            self.result = match.group(1)

    def run_once(self, timeout):
        """True when the guest came up."""
        process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, env=self.environment)
        watchdog = threading.Timer(timeout, process.kill)
        boot_watchdog = threading.Timer(BOOT_SECONDS, lambda: self.is_up or process.kill())
        watchdog.start()
        boot_watchdog.start()
        begin = time.monotonic()
        for raw in process.stdout:
            line = raw.decode("utf-8", "replace").rstrip()
            print(f"[{time.monotonic() - begin:7.1f}] {line}", flush=True)
            self.is_up = self.is_up or "init: begins" in line
            self.take_line(line)
        status = process.wait()
        boot_watchdog.cancel()
        if self.is_up and not watchdog.is_alive():
            self.result = f"fail: no end within {timeout} s"
        watchdog.cancel()
        if self.result is None:
            self.result = f"fail: the guest told no result (QEMU ended with {status})" if self.is_up else None
        return self.is_up

    def run(self, timeout):
        if self.vdev_command:
            self.start_vdev()
        for _ in range(BOOTS):
            if self.run_once(timeout):
                break
            print("machine.py: a guest did not come up", flush=True)
        if self.vdev:
            self.stop_vdev()
        self.result = self.result or f"fail: the guest did not come up, {BOOTS} times"
        (self.out / "result").write_text(self.result + "\n")
        return {"pass": 0, "skipped": 77}.get(self.result.partition(":")[0], 1)


def main():
    sys.exit(Machine(sys.argv[1], sys.argv[3:]).run(float(sys.argv[2])))


if __name__ == "__main__":
    main()
