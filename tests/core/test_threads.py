"""Operations of one thread each: within each other, and around blocks that have threads of their own."""

import torch

from harsanyi.core.threads import in_threads, on_threads, one_thread


def test_one_thread_lasts_to_the_end_of_the_outermost_block():
    with on_threads(2):
        with one_thread as outer:
            with one_thread as inner:
                pass
            still = torch.get_num_threads()
        assert (outer, inner, still, torch.get_num_threads()) == (2, 2, 1, 2)


def test_blocks_within_it_have_as_many_threads_as_before_and_one_each():
    seen = []
    with on_threads(2), one_thread:
        assert in_threads(lambda block: seen.append(torch.get_num_threads()) or block, range(3)) == [0, 1, 2]
        assert torch.get_num_threads() == 1
    assert seen == [1, 1, 1]
