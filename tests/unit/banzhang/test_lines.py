"""Lines as they come, from a file or from somebody who takes his time."""

import asyncio
import io
import os

from banzhang.lines import arriving


async def test_a_line_comes_when_it_is_written_and_others_have_their_turn_meanwhile() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as file:
        coming = arriving(file)
        waiting = asyncio.ensure_future(anext(coming))
        await asyncio.sleep(0)
        assert not waiting.done(), "nothing was written yet, and the loop turns"

        os.write(writing, b"one\ntwo\nthr")
        assert await waiting == [b"one", b"two"]
        os.write(writing, b"ee\n")
        assert await anext(coming) == [b"three"]
        os.write(writing, b"last")
        os.close(writing)
        assert [lines async for lines in coming] == [[], [b"last"]]


async def test_a_file_in_memory_is_read_to_its_end() -> None:
    assert [lines async for lines in arriving(io.BytesIO(b"a\n\nb\n"))] == [[b"a", b"", b"b"]]
