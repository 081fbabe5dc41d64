"""Names of drugs: salts off, combinations apart, and every name under which a label can be asked for."""

import pytest

from ingest.names import drug_names, drug_of, moiety, parts
from rag.records import Document
from tests.toys import ingredient, p, product, read, section, spl


def label(*products: str) -> Document:
    return read(spl(section("X", p("Text.")), products=products))


def names(of: Document, kind: str | None = None) -> set[str]:
    return {name.norm for name in drug_names(of) if kind in (None, name.kind)}


@pytest.mark.parametrize(
    ("printed", "name"),
    [
        ("METOPROLOL TARTRATE", "metoprolol"),
        ("Amlodipine Besylate", "amlodipine"),
        ("CLOPIDOGREL BISULFATE", "clopidogrel"),
        ("DABIGATRAN ETEXILATE MESYLATE", "dabigatran"),
        ("VALPROIC ACID", "valproic acid"),
        ("POTASSIUM CHLORIDE", "potassium chloride"),
        ("MAGNESIUM SULFATE", "magnesium sulfate"),
        ("LITHIUM CARBONATE", "lithium"),
        ("SODIUM BICARBONATE", "sodium bicarbonate"),
        ("WARFARIN SODIUM", "warfarin"),
        ("ISOSORBIDE MONONITRATE", "isosorbide mononitrate"),
        ("DIMETHYL FUMARATE", "dimethyl fumarate"),
        ("FERROUS SULFATE", "ferrous sulfate"),
        ("METHYL SALICYLATE", "methyl salicylate"),
        ("CABOZANTINIB S-MALATE", "cabozantinib"),
        ("LAPATINIB DITOSYLATE", "lapatinib"),
        ("NINTEDANIB ESYLATE", "nintedanib"),
        ("NEOSTIGMINE METHYLSULFATE", "neostigmine"),
        ("PEMETREXED DISODIUM HEMIPENTAHYDRATE", "pemetrexed"),
        ("Zolix®", "zolix"),
        ("COLCHICINE", "colchicine"),
        ("acid", "acid"),
        ("", ""),
    ],
)
def test_the_salt_word_is_dropped_and_the_drug_is_left(printed: str, name: str) -> None:
    assert moiety(printed) == name


@pytest.mark.parametrize(
    ("generic", "names"),
    [
        ("amlodipine and olmesartan medoxomil", ["amlodipine", "olmesartan medoxomil"]),
        ("Elvitegravir, Cobicistat, and Tenofovir", ["elvitegravir", "cobicistat", "tenofovir"]),
        ("LISINOPRIL/HYDROCHLOROTHIAZIDE", ["lisinopril", "hydrochlorothiazide"]),
        ("lidocaine with epinephrine", ["lidocaine", "epinephrine"]),
        ("colchicine", ["colchicine"]),
        ("candesartan", ["candesartan"]),
        ("", []),
    ],
)
def test_a_combination_is_parted_into_its_drugs(generic: str, names: list[str]) -> None:
    assert parts(generic) == names


def test_a_label_is_found_under_brand_generic_substance_and_ingredient() -> None:
    salt = ingredient("TOYAZOLE MALEATE", ("TOYAZOLE", "BASE000001"))
    found = label(product("Zolix", salt, generic="toyazole maleate"))
    assert {(name.norm, name.kind) for name in drug_names(found)} == {
        ("toyazole", "ingredient"),
        ("toyazole maleate", "substance"),
        ("toyazole maleate", "generic"),
        ("toyazole", "generic"),
        ("zolix", "brand"),
    }
    assert {name.drug for name in drug_names(found)} == {"toyazole"}


def test_release_letters_after_a_brand_may_be_left_out() -> None:
    found = label(product("Zolix XR", ingredient("TOYAZOLE")))
    assert {"zolix xr", "zolix"} <= names(found, "brand")


def test_names_are_kept_in_the_form_in_which_questions_are_looked_up() -> None:
    assert "zol ix" in names(label(product("Zol-Ix®", ingredient("TOYAZOLE"))), "brand")


def test_the_drugs_of_a_combination_are_components_of_it() -> None:
    both = product("Duo", ingredient("TOYAZOLE MALEATE"), ingredient("OLDATOL"), generic="toyazole maleate and oldatol")
    found = label(both)
    assert drug_of(found) == "oldatol + toyazole"
    assert names(found, "component") == {"toyazole", "oldatol", "toyazole maleate"}
    assert names(found, "generic") == {"toyazole maleate and oldatol"}
    assert not names(found, "ingredient")
    assert {name.drug for name in drug_names(found)} == {"oldatol + toyazole"}


def test_two_strengths_of_one_drug_are_one_drug() -> None:
    found = label(product("Zolix", ingredient("TOYAZOLE")), product("Zolix Forte", ingredient("TOYAZOLE MALEATE")))
    assert drug_of(found) == "toyazole"
    assert {"zolix", "zolix forte"} <= names(found, "brand")


def test_a_label_without_ingredients_goes_under_no_name() -> None:
    assert drug_names(label(product("Zolix", generic="toyazole"))) == []


def test_a_name_of_one_letter_is_none() -> None:
    assert "x" not in names(label(product("X", ingredient("TOYAZOLE"))))
