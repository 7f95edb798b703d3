"""Write the network of replies of a run."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

from stance import datamodels
from stance.datamodels import SIDES, STANCES, Document, Stance, Unit
from stance.pseudonyms import person
from stance.resources.files import open_file

Documents = Iterable[Document]


def write_network(documents: Documents, path: Path) -> None:
    """Write the authors and the answers among them, as GEXF.

    Nodes are authors of an outlet, with their number of comments and net stance (points); comments without a name are
    left out. An edge counts the answers of one author to another (``weight``).
    """
    import networkx

    graph = networkx.DiGraph()
    sums: defaultdict[tuple[str, str], Counter[Stance]] = defaultdict(Counter)  # author, target -> probabilities
    for document in documents:
        outlet = _xml(document.outlet or datamodels.NOT_STATED)
        names = [person(comment.author, document.layout) for comment in document.comments]
        nodes_of_comments = (f"{outlet}/{_xml(name)}" if name else "" for name in names)
        pairs = [*zip(document.comments, nodes_of_comments, strict=True)]
        nodes = {comment.comment_id: node for comment, node in reversed(pairs)}  # of equal ids, the first
        for comment, node in pairs:
            if node:
                number = 1 + (graph.nodes[node]["comments"] if node in graph else 0)
                graph.add_node(node, label=_xml(comment.author or ""), outlet=outlet, comments=number)
        for comment, node in pairs:
            if node and (answered := nodes.get(comment.reply_to or "")) and answered != node:
                weight = graph.edges[node, answered]["weight"] if graph.has_edge(node, answered) else 0
                graph.add_edge(node, answered, weight=weight + 1)
        for score in document.scores:
            node = nodes.get(score.comment or "", "")
            if node and score.unit is Unit.COMMENT and score.stance in SIDES:
                sums[node, score.target].update(dict(zip(STANCES, score.probabilities or (), strict=False)))
    for (node, target), probabilities in sums.items():
        shares = datamodels.side_shares(probabilities)
        graph.nodes[node][f"net_{_xml(target)}"] = round(100 * (shares[Stance.FAVOR] - shares[Stance.AGAINST]), 2)
    writer = networkx.readwrite.gexf.GEXFWriter(version="1.2draft")
    writer.add_graph(graph)
    del writer.xml.find("meta").attrib["lastmodifieddate"]
    with open_file(path, "wb") as file:
        writer.write(file)


def _xml(text: str) -> str:
    """Replace characters that XML 1.0 excludes, and those that it does not keep in attributes, as line breaks."""
    return re.sub("[^ -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", text)
