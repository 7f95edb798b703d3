"""Ask Datasette for every table of some stores, a search and a facet, and print the status of each answer as JSON.

It runs apart, since Datasette is not installed with the tests: ``python tests/datasette_answers.py FILE.db...``
"""

import asyncio
import json
import sys
from pathlib import Path

from datasette.app import Datasette


async def answers(paths: list[Path]) -> dict[str, int]:
    metadata = paths[0].with_name("metadata.yaml")
    settings = json.loads(metadata.read_text(encoding="utf-8")) if metadata.exists() else None
    datasette = Datasette([str(path) for path in paths], metadata=settings)
    await datasette.invoke_startup()
    found = {}
    for path in paths:
        database = datasette.get_database(path.stem)
        names = [*await database.table_names(), *await database.view_names()]
        asked = [f"/{path.stem}", *(f"/{path.stem}/{name}" for name in names)]
        asked += [f"/{path.stem}/comments?_search=russia", f"/{path.stem}/comments?_facet=language"]
        for each in asked:
            found[each] = (await datasette.client.get(each)).status_code
    return found


if __name__ == "__main__":
    print(json.dumps(asyncio.run(answers([Path(each).absolute() for each in sys.argv[1:]])), indent=1))
