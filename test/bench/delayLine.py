"""A line with delay and loss between two network devices, for kernels that have no netem.

    python3 delayLine.py FIRST SECOND MILLISECONDS LOST

Creates the devices FIRST and SECOND (layer 3, to be moved into namespaces), prints a line, and carries each packet from one
to the other MILLISECONDS later, but for the share LOST of them (0.01 is one in a hundred). Ends with its standard input.
Python's own library alone; needs Linux, root and /dev/net/tun.
"""
import fcntl
import os
import random
import select
import struct
import sys
import time
from collections import deque

SET_DEVICE = 0x400454CA  # TUNSETIFF
PACKETS_ALONE = 0x0001 | 0x1000  # IFF_TUN without a header before each packet
LONGEST = 65536
# As netem's limit: a queue that is never full, so that only the given share is lost.
MOST_QUEUED = 100_000


def device(name):
    handle = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(handle, SET_DEVICE, struct.pack("16sH", name.encode(), PACKETS_ALONE))
    return handle


def main():
    first, second = device(sys.argv[1]), device(sys.argv[2])
    delay, lost = float(sys.argv[3]) / 1000, float(sys.argv[4])
    chance = random.Random(1)
    queues = {first: deque(), second: deque()}
    other = {first: second, second: first}
    print("ready", flush=True)
    while True:
        due = min((queue[0][0] for queue in queues.values() if queue), default=None)
        wait = None if due is None else max(0.0, due - time.monotonic())
        readable, _, _ = select.select([first, second, sys.stdin], [], [], wait)
        if sys.stdin in readable:
            return
        for handle in readable:
            while True:
                try:
                    packet = os.read(handle, LONGEST)
                except OSError:
                    break  # nothing more, or the device is not up yet
                if chance.random() >= lost and len(queues[handle]) < MOST_QUEUED:
                    queues[handle].append((time.monotonic() + delay, packet))
        now = time.monotonic()
        for handle, queue in queues.items():
            while queue and queue[0][0] <= now:
                try:
                    os.write(other[handle], queue.popleft()[1])
                except OSError:
                    pass  # the other side is down


main()
