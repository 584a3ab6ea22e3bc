"""A reader without a group, and whether anything can still come to it.

aiokafka fetches in a task of its own. Where that one dies, a reader waits for ever, or is told each
time that there is nothing new.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any

from aiokafka import AIOKafkaConsumer


async def while_it_fetches(consumer: AIOKafkaConsumer, reading: Coroutine[Any, Any, None]) -> None:
    """Do `reading` for as long as `consumer` fetches; raises what ended either."""
    task = asyncio.ensure_future(reading)
    fetching = consumer._fetcher.error_future  # noqa: SLF001
    try:
        await asyncio.wait({task, fetching}, return_when=asyncio.FIRST_COMPLETED)
        for ended in (task, fetching):
            if ended.done():
                ended.result()
    finally:
        task.cancel()
