# Copyright (c) 2026 The vpnlb Authors
# SPDX-License-Identifier: EPL-2.0
"""Waiting for conditions, never for a time."""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


class LabError(Exception):
    """Something the lab was asked for did not come about; the message is meant for the user."""


def until(condition: Callable[[], T], what: str, limit: float, interval: float = 0.05) -> T:
    """Return the first truthy answer of the condition, or fail naming what was waited for."""
    deadline = time.monotonic() + limit
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() >= deadline:
            raise LabError(f"gave up after {limit:.0f} s waiting for {what}")
        time.sleep(interval)


def each(function: Callable[[T], R], items: Iterable[T], workers: int = 16) -> list[R]:
    """Call the function for all the items at once; results in the items' order, the first failure is raised."""
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(function, items))
