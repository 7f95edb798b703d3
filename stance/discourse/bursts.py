"""Test whether copies of a text were posted closer together than other comments of the same pages."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from stance.discourse.posts import NO_TIME, Ints, Posts


def burst(posts: Posts, rows: Sequence[int] | Ints) -> float | None:
    """Bound how likely comments lie as close in time, were each at the time of a random comment of its page.

    Of each author one comment counts, drawn at random. The statistics are the shortest times that hold half of the
    comments and all of them. Each is tested by the sum over comments of the probability that enough others follow it
    within that time, an upper bound; Hoeffding (1956) bounds unlike chances on several pages by a binomial
    distribution.

    :return: In [0, 1]; None with fewer than ``FEWEST_TIMED`` authors whose comment has a time.
    """
    timed = np.asarray(rows, np.int64)
    timed = timed[posts.posted[timed] != NO_TIME]
    timed = np.random.default_rng(0).permutation(timed)  # the first comments of authors lie closer than random ones
    timed = timed[np.unique(posts.author[timed], return_index=True)[1]]
    most = [page for page, _ in Counter(posts.source[timed].tolist()).most_common(50)]
    timed = timed[np.isin(posts.source[timed], most)]
    # Minimum number of authors whose comment has a time for a test.
    fewest = 3
    if len(timed) < fewest:
        return None
    times = np.sort(posts.posted[timed])
    pages = []
    for page in most:
        start, end = np.searchsorted(posts.source, [page, page + 1])
        stated = posts.posted[start:end]
        pages.append((int((posts.source[timed] == page).sum()), np.sort(stated[stated != NO_TIME])))
    counts = sorted({max(fewest, -(-len(times) // 2)), len(times)})
    bounds = (_bound(pages, len(times), n, int((times[n - 1 :] - times[: len(times) - n + 1]).min())) for n in counts)
    return min(1.0, len(counts) * min(bounds))


def _bound(pages: list[tuple[int, Ints]], count: int, within: int, span: int) -> float:
    from scipy.special import bdtrc

    total = 0.0
    for page, (own_times, times) in enumerate(pages):
        following = [
            np.searchsorted(page_times, times + span, "right") - np.searchsorted(page_times, times)
            for _, page_times in pages
        ]
        shares = np.array([n / len(page_times) for n, (_, page_times) in zip(following, pages, strict=True)])
        others = np.array([n for n, _ in pages])
        others[page] -= 1
        total += own_times * float(np.mean(bdtrc(within - 2, count - 1, np.clip(others @ shares / (count - 1), 0, 1))))
    return total
