"""When the products of a label left the market, as its product data says."""

import pytest

from ingest import files
from rag.records import Document
from rag.settings import SourceSettings
from tests.toys import ingredient, p, product, section, spl


def act(status: str, end: str | None) -> str:
    high = f'<high value="{end}"/>' if end else ""
    return (
        f'<subjectOf><marketingAct><statusCode code="{status}"/><effectiveTime><low value="20100101"/>{high}'
        "</effectiveTime></marketingAct></subjectOf>"
    )


def ended(*acts_of_products: str) -> str | None:
    """Of a label with a product for each; packages in a product have acts of their own, which tell nothing of it."""
    package = f"<asContent>{act('completed', '20120101')}</asContent>"
    products = "".join(
        product(f"Toy {n}", ingredient("TOYAZOLE"), more=package).replace("<consumedIn>", f"{acts}<consumedIn>")
        for n, acts in enumerate(acts_of_products)
    )
    data = spl(section("7 DRUG INTERACTIONS", p("Stop."), code="34073-7"), products=[products])
    [found] = files.read(files.Source("toy.xml", data), SourceSettings())
    assert isinstance(found, Document)
    return found.ended


@pytest.mark.parametrize(
    ("products", "date"),
    [
        ([""], None),
        ([act("active", None)], None),
        ([act("completed", "20200131")], "2020-01-31"),
        ([act("completed", "20200131"), act("completed", "20210228")], "2021-02-28"),
        ([act("completed", "20200131"), act("active", None)], None),
        ([act("completed", "20200131"), ""], None),
        ([act("completed", None)], None),
        ([act("completed", "20200131") + act("active", None)], None),
    ],
)
def test_a_label_has_ended_only_where_each_of_its_products_has(products: list[str], date: str | None) -> None:
    assert ended(*products) == date
