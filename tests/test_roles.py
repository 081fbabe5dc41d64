"""Roles read from one sentence: who is a substrate, inhibitor or inducer of what, and the traps around it."""

import pytest

from rag.answer.roles import Part, mentions_target, roles_in

SUB, INH, IND = Part.SUBSTRATE, Part.INHIBITOR, Part.INDUCER
NAMES = ("alphadone", "alphabet")
"""The drug, and its brand."""
Roles = set[tuple[str, Part, bool]]
"""Target, part, and whether it is denied."""


def found(sentence: str, names: tuple[str, ...] = NAMES) -> Roles:
    return {(role.target, role.part, role.negated) for role in roles_in(sentence, names)}


def yes(part: Part, *targets: str) -> Roles:
    return {(target, part, False) for target in targets}


def no(part: Part, *targets: str) -> Roles:
    return {(target, part, True) for target in targets}


STATED: list[tuple[str, Roles]] = [
    # Substrates.
    ("Alphadone is a substrate of CYP3A4.", yes(SUB, "CYP3A4")),
    ("Alphadone is a substrate of CYP3A4 and P-gp.", yes(SUB, "CYP3A4", "P-gp")),
    ("Alphadone is a substrate of the efflux transporter P-gp.", yes(SUB, "P-gp")),
    ("Alphadone is a substrate for P‑glycoprotein (P-gp).", yes(SUB, "P-gp")),
    ("Alphadone is a P-gp substrate, and efflux matters.", yes(SUB, "P-gp")),
    ("Alphadone is both a CYP3A4 and P-gp substrate.", yes(SUB, "CYP3A4", "P-gp")),
    ("Alphadone is metabolized by CYP2D6, CYP3A4 and CYP1A2.", yes(SUB, "CYP2D6", "CYP3A4", "CYP1A2")),
    ("Alphadone is metabolised primarily by cytochrome P450 3A4 (CYP3A4).", yes(SUB, "CYP3A4")),
    ("Alphadone is extensively metabolized in the liver, mainly by CYP3A4/5.", yes(SUB, "CYP3A4", "CYP3A5")),
    ("CYP3A4 demethylates alphadone to two metabolites.", yes(SUB, "CYP3A4")),
    ("The metabolism of alphadone is mediated by CYP2C9.", yes(SUB, "CYP2C9")),
    ("Alphadone is transported by OATP1B1 and BCRP.", yes(SUB, "OATP1B1", "BCRP")),
    ("Alphadone tablets are a substrate of CYP2C19.", yes(SUB, "CYP2C19")),
    ("Alphabet is a substrate of CYP3A4.", yes(SUB, "CYP3A4")),
    # Inhibitors.
    ("Alphadone inhibits CYP3A4.", yes(INH, "CYP3A4")),
    ("Alphadone inhibits P-gp and CYP2D6.", yes(INH, "P-gp", "CYP2D6")),
    ("Alphadone is an inhibitor of CYP2D6.", yes(INH, "CYP2D6")),
    ("Alphadone is a strong CYP3A4 inhibitor.", yes(INH, "CYP3A4")),
    ("Alphadone, a strong inhibitor of CYP3A4, raises betanol.", yes(INH, "CYP3A4")),
    ("Alphadone (a P-gp inhibitor) raises betanol.", yes(INH, "P-gp")),
    ("Strong CYP3A4 inhibitors (e.g., betanol, alphadone) raise gammazole.", yes(INH, "CYP3A4")),
    ("P-gp inhibitors such as betanol, alphadone and deltamab raise gammazole.", yes(INH, "P-gp")),
    ("Avoid inhibitors of CYP3A4 such as alphadone.", yes(INH, "CYP3A4")),
    ("Combined P-gp and strong CYP3A4 inhibitors, including alphadone, are avoided.", yes(INH, "P-gp", "CYP3A4")),
    # Inducers.
    ("Alphadone induces CYP3A4.", yes(IND, "CYP3A4")),
    ("Alphadone is a strong inducer of CYP3A4.", yes(IND, "CYP3A4")),
    ("Strong CYP3A4 inducers such as alphadone lower gammazole.", yes(IND, "CYP3A4")),
    # Denied.
    ("Alphadone does not inhibit CYP3A4.", no(INH, "CYP3A4")),
    ("Alphadone is not an inhibitor of CYP2D6.", no(INH, "CYP2D6")),
    ("Alphadone is not a substrate of P-gp.", no(SUB, "P-gp")),
    ("Alphadone has little effect on CYP3A4.", no(INH, "CYP3A4")),
    ("Alphadone is not metabolized by CYP3A4.", no(SUB, "CYP3A4")),
    ("Alphadone does not induce CYP1A2.", no(IND, "CYP1A2")),
    ("Alphadone inhibits P-gp but has little effect on CYP3A4.", yes(INH, "P-gp") | no(INH, "CYP3A4")),
    ("Alphadone did not inhibit CYP1A2 or CYP3A4 in vitro.", no(INH, "CYP1A2", "CYP3A4")),
    ("Alphadone is unlikely to inhibit CYP3A4.", no(INH, "CYP3A4")),
    ("Neither alphadone nor betanol inhibits CYP3A4.", no(INH, "CYP3A4")),
    ("Alphadone is not an inhibitor of CYP3A4 but is a substrate of P-gp.", no(INH, "CYP3A4") | yes(SUB, "P-gp")),
    ("Alphadone does not inhibit P-gp, but is metabolized by CYP3A4.", no(INH, "P-gp") | yes(SUB, "CYP3A4")),
]


@pytest.mark.parametrize(("sentence", "roles"), STATED)
def test_a_sentence_gives_the_roles_that_it_states(sentence: str, roles: Roles) -> None:
    assert found(sentence) == roles


@pytest.mark.parametrize("sentence", ["Alphadone neither inhibits nor induces CYP1A2 or CYP3A4."])
def test_neither_nor_denies_both(sentence: str) -> None:
    assert no(INH, "CYP1A2", "CYP3A4") <= found(sentence)
    assert all(negated for _, _, negated in found(sentence))


NO_ROLE = [
    "Alphadone is not to be given with a CYP2D6 inhibitor and a CYP3A4 inhibitor at the same time.",
    "Alphadone should not be given with strong CYP3A4 inhibitors.",
    "Strong CYP3A4 inhibitors may raise alphadone.",
    "Strong CYP3A4 inhibitors such as betanol may raise the concentration of alphadone.",
    "CYP3A4 inhibitors, such as betanol and gammazole, are not to be taken with alphadone.",
    "Inhibitors of CYP3A4 (e.g., betanol) increase alphadone exposure.",
    "In 787 reports alphadone, an inhibitor of both CYP3A4 and P-gp, and an event of interest were named together.",
    "In patients on alphadone, a strong CYP3A4 inhibitor and a diuretic are avoided.",
    "Betanol, which inhibits CYP3A4, raises alphadone.",
    "Betanol inhibits CYP3A4 and alphadone is stopped.",
    "Patients on alphadone should avoid CYP3A4 inhibitors.",
    "Use with CYP3A4 inhibitors raises alphadone in plasma.",
    "CYP3A4 inducers such as betanol lower alphadone.",
    "CYP3A4 inhibitors such as betanol raise alphadone.",
    "Strong CYP3A4 inhibitors such as betanol increase the toxicity of alphadone.",
    "Strong CYP3A4 inhibitors such as betanol, but not alphadone, are avoided.",
    "CYP3A4 inhibitors such as betanol during alphadone treatment are avoided.",
    "Strong CYP3A4 inhibitors other than alphadone are avoided.",
    "Alphadone is contraindicated with drugs that are metabolized by CYP3A4.",
    "Alphadone increases levels of betanol, which is metabolized by CYP3A4.",
    "When alphadone is combined with drugs metabolized by CYP2D6, they rise.",
    "Alphadone was given with substrates of CYP3A4.",
    "Coadministration of alphadone with betanol, a strong CYP3A4 inhibitor, is avoided.",
    "Alphadone levels are increased by P-gp inhibitors.",
    "Betanol is a substrate of CYP3A4; alphadone was given with it.",
    "Alphadone is taken with water.",
    "The effect of CYP3A4 inhibition on alphadone was not studied.",
    "Alphadonex inhibits CYP3A4.",
    "Nonalphadone inhibits CYP3A4.",
]


@pytest.mark.parametrize("sentence", NO_ROLE)
def test_what_others_do_gives_the_drug_no_role(sentence: str) -> None:
    assert found(sentence) == set()


def test_a_drug_whose_metabolism_is_inhibited_inhibits_nothing() -> None:
    for sentence in (
        "The metabolism of alphadone is inhibited by CYP3A4 inhibitors.",
        "Alphadone is inhibited by P-gp.",
    ):
        assert {part for _, part, _ in found(sentence)} <= {SUB}


@pytest.mark.parametrize(
    ("sentence", "strength"),
    [
        ("Alphadone is a strong CYP3A4 inhibitor.", "strong"),
        ("Alphadone is a potent inhibitor of CYP3A4.", "potent"),
        ("Alphadone is a moderate CYP3A4 inhibitor.", "moderate"),
        ("Alphadone is a weak inhibitor of CYP3A4.", "weak"),
        ("Alphadone is a CYP3A4 inhibitor.", None),
        ("Strong CYP3A4 inhibitors (e.g., alphadone) raise gammazole.", "strong"),
    ],
)
def test_the_strength_goes_with_the_role(sentence: str, strength: str | None) -> None:
    [role] = roles_in(sentence, NAMES)
    assert role.strength == strength


@pytest.mark.parametrize(
    ("written", "target"),
    [
        ("CYP3A4", "CYP3A4"),
        ("cyp 3a4", "CYP3A4"),
        ("CYP-3A4", "CYP3A4"),
        ("P-gp", "P-gp"),
        ("P‐gp", "P-gp"),
        ("Pgp", "P-gp"),
        ("P-glycoprotein", "P-gp"),
        ("BCRP", "BCRP"),
        ("breast cancer resistance protein (BCRP)", "BCRP"),
        ("UGT1A1", "UGT1A1"),
        ("OCT2", "OCT2"),
    ],
)
def test_a_target_has_one_name_however_it_is_written(written: str, target: str) -> None:
    assert found(f"Alphadone inhibits {written}.") == yes(INH, target)
    assert mentions_target(f"Something on {written}.")


def test_each_target_of_a_list_has_its_own_strength() -> None:
    roles = roles_in("Combined P-gp and strong CYP3A4 inhibitors, such as alphadone, are avoided.", NAMES)
    assert {role.target: role.strength for role in roles} == {"P-gp": None, "CYP3A4": "strong"}


def test_names_of_several_words_are_found() -> None:
    assert found("Toprol XL is a substrate of CYP2D6.", ("toprol xl", "metoprolol")) == yes(SUB, "CYP2D6")
    assert found("St. John's wort induces CYP3A4.", ("st john s wort",)) == yes(IND, "CYP3A4")


def test_a_sentence_without_a_target_is_not_read() -> None:
    assert not mentions_target("Alphadone inhibits the growth of mould.")
    assert found("Alphadone inhibits the growth of mould.") == set()
