"""Names of substances: salts and hydrates taken off, so that "amlodipine besylate" and "amlodipine" are one drug."""

import re

from rag.index.writer import DrugName
from rag.records import Document
from rag.text import words

_SALTS = frozenset(
    """acetate acetonide acid adipate aluminum anhydrous arginine aspartate axetil benzathine benzoate besylate besilate
    bicarbonate bitartrate bromide butyrate calcium camsylate carbonate chloride choline cilexetil citrate cypionate
    decanoate dihydrate dihydrochloride diphosphate dipropionate disodium disoproxil edisylate enanthate erbumine
    ethanolate ethylsuccinate etexilate fumarate furoate gluconate glycolate hcl hci hemifumarate hemihydrate
    hippurate hyclate hydrate hydrobromide hydrochloride hydroxide iodide isethionate lactate lactobionate laurate
    lysine magnesium malate maleate medoxomil meglumine mesylate mesilate methanesulfonate monohydrate mononitrate
    monophosphate mucate napsylate nitrate olamine oleate oxalate palmitate pamoate pentahydrate phosphate pivalate
    polistirex potassium proxetil propionate resinate saccharate salicylate sesquihydrate sodium stearate succinate
    sulfate sulphate tartrate tebutate tosylate trihydrate tromethamine trometamol valerate xinafoate
    zinc usp bisulfate ditosylate esylate hemipentahydrate methylsulfate s-malate""".split()
)
"""Salt, ester and hydrate words of U.S. substance names, gathered from the openFDA labels of the corpus; lower case."""

_KEPT = frozenset(
    """acid calcium chloride potassium sodium magnesium zinc carbonate bicarbonate nitrate phosphate citrate sulfate
    iodide hydroxide aluminum lactate gluconate acetate""".split()
)
"""Salt words that can be the drug itself ("potassium chloride"): kept when nothing else would be left."""
_NO_DRUG_ALONE = frozenset("isosorbide dimethyl methyl ferrous ferric ethyl sodium cupric barium".split())
"""What is left of a name of which the salt word is a part: isosorbide mononitrate and dinitrate are two drugs."""


def plain(name: str) -> str:
    """``name`` in lower case with single spaces, quotation and registration marks off."""
    return " ".join(re.sub(r"[®™©*\"]", " ", name).lower().replace("’", "'").split())


def moiety(name: str) -> str:
    """The drug without its salt: "METOPROLOL TARTRATE" -> "metoprolol"; "potassium chloride" stays whole.

    "valproic acid" and "lithium carbonate": an acid keeps its word, lithium loses the carbonate.
    """
    words = plain(name).split()
    if len(words) > 1 and words[-1] == "acid":
        return " ".join(words)
    while len(words) > 1 and words[-1].strip(",") in _SALTS:
        words.pop()
    left = " ".join(words).strip(" ,")
    return plain(name) if left in _KEPT or left in _NO_DRUG_ALONE else left


def parts(generic: str) -> list[str]:
    """The names in a combination: "amlodipine and olmesartan medoxomil" -> ["amlodipine", "olmesartan medoxomil"]."""
    return [
        part.strip()
        for part in re.split(r"\s*(?:,\s*and\s+|,|;|/|\band\b|\bwith\b)\s*", plain(generic))
        if part.strip()
    ]


_FORMS = frozenset("cd cr dr er ir iv im la odt sr xl xr hfa xt".split())
"""Release and route letters after a brand ("Cardizem CD"): people leave them out."""


def drug_of(document: Document) -> str:
    """The ingredients of a label, sorted, joined by " + ": what all its names stand for."""
    return " + ".join(sorted(document.drugs))


def drug_names(document: Document) -> list[DrugName]:
    """All names under which the drug of a label can be asked for, in the form in which questions are looked up."""
    found: dict[DrugName, None] = {}
    drug = drug_of(document)

    def note(name: str | None, kind: str, of: str = drug) -> None:
        norm = " ".join(words(name or ""))
        if len(norm) > 1 and of:
            found[DrugName(norm, kind, of)] = None

    ingredients = [ingredient for product in document.products for ingredient in product.ingredients]
    component = "ingredient" if len(set(document.drugs)) == 1 else "component"
    for ingredient in ingredients:
        note(ingredient.name, component)
        note(ingredient.substance, "substance" if component == "ingredient" else "component")
    for product in document.products:
        note(product.generic, "generic")
        note(product.brand, "brand")
        short = words(product.brand or "")
        while len(short) > 1 and short[-1] in _FORMS:
            short.pop()
            note(" ".join(short), "brand")
        if product.generic and component == "ingredient":
            note(moiety(product.generic), "generic")
    return list(found)
