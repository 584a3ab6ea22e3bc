"""Who runs it: the Faust app, the batched transport, the keeper of states, one file an agent.

Why it is shaped like this: "Faust, fed by the fetch" in `docs`. Nothing here judges; that is
`streams`, which is pure.
"""
