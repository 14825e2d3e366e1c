"""What goes on in a task, stopped at every moment of its first round."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from stackgen.instrument.async_rounds import AsyncRounds


async def stops_at_any_moment(make: Callable[[], AsyncRounds]) -> None:
    """It ends whenever it is told to: at its start, while it connects, asks, and has just been answered."""
    for moment in range(200):
        rounds = make().start()
        for _ in range(moment % 40):
            await asyncio.sleep(0)
        async with asyncio.timeout(20):
            await rounds.stop()
