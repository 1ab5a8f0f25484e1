"""Leases of id nodes: processes that start at the same moment all get one."""

import concurrent.futures
import uuid


def test_all_who_ask_at_once_get_a_node(souk):
    def take(n):
        owner = uuid.uuid4().hex
        # A second is enough: what is taken here is free again when the next test starts processes.
        souk.db("global").run(f"CALL node_lease_take('{owner}', 1, 0);" * 20)  # raises where one is refused

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(take, range(4)))
