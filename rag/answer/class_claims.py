"""What a label says of a class to which the other drug belongs, with the source of the membership.

Membership comes from a named class source (openFDA's class fields, FDA's class indexing files), from a sentence of the
corpus that lists the drug under the class ("NSAIDs such as ..."), or, for "P-gp inhibitors" and the like, from a
sentence that gives the drug that role. Where it comes from a sentence, both quotes are shown.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.answer.claims import claims_of
from rag.answer.evidence import CONCOMITANT, CUE
from rag.answer.pathways import LABELS, Leg, acting_on
from rag.answer.quotes import Sentence, sentences_at, sentences_naming
from rag.answer.roles import Part
from rag.index.index import Index
from rag.records import Basis, Claim, Evidence, Intent
from rag.search.classes import all_forms, written
from rag.search.intents import is_about
from rag.search.naming import names_any, passages_naming, pattern_of
from rag.search.question import Subject
from rag.text import searchable, words

CLASS = "Stated of a class that one of the two belongs to"
OUTSIDE = "outside this statement"
"""Marks a class statement that is shown because it does not hold for the drug."""
_MOST = 4
_OF_A_LABEL = 2
_PASSAGES = 80
"""Passages that name the drug and are read for a list under a class."""
_VERBS = "may|can|could|should|will|would|might|is|are|was|were|has|have|when|which|that|with|other"
_ITEM = rf"(?:(?!\b(?:{_VERBS})\b)[^.;)])"
"""A character of a list: a list ends at the first verb, so that what the listed drugs act on is no item."""
_INDICATED: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = (
    (
        re.compile(
            r"\bindicated\b[^.;]*(?:\btreatment of|\bmanagement of|\bfor|\bin)\b (?!pulmonary|portal)[^.;,]*?(?<!pulmonary )(?<!arterial )(?<!portal )\bhypertension\b"
        ),
        ("antihypertensives", "antihypertensive agents", "antihypertensive drugs", "antihypertensive agent"),
    ),
    (
        re.compile(r"\bindicated\b[^.;]*\b(?:glycemic control|diabetes mellitus)\b"),
        ("antidiabetic drugs", "antidiabetic agents", "hypoglycemic agents", "oral hypoglycemic agents"),
    ),
    (re.compile(r"\bindicated\b[^.;]*\b(?:major depressive disorder|depression)\b"), ("antidepressants",)),
    (re.compile(r"\bindicated\b[^.;]*\b(?:seizures|epilepsy)\b"), ("anticonvulsants", "antiepileptic drugs")),
)
"""Indications that define a therapeutic class in labels' own use of the words; the indication is quoted."""
_WEIGHT = {
    Evidence.CONTRAINDICATION: 1.0,
    Evidence.BOXED_WARNING: 1.0,
    Evidence.INTERACTION: 0.8,
    Evidence.DOSAGE: 0.7,
    Evidence.WARNING: 0.6,
}


@dataclass(frozen=True, slots=True)
class _Membership:
    """That a drug is in a class, in words, and the sentence that says so (None for a named class source)."""

    said: str
    sentence: Sentence | None


def class_claims(
    a: Subject, b: Subject, legs: dict[Subject, list[Leg]], stated: Sequence[Sentence], index: Index
) -> list[Claim]:
    """Claims of basis *class* in both directions, the strongest of each label first; what is stated is not repeated."""
    shown = {searchable(sentence.text) for sentence in stated}
    claims: list[Claim] = []
    for own, other in ((a, b), (b, a)):
        documents = list(own.documents)[:LABELS]
        if not documents:
            continue
        found = [*_by_role(other, legs[other], documents, index), *_by_class(own, other, documents, index)]
        best = sorted(found, key=lambda entry: -entry[0])
        of_label: dict[str, int] = {}
        for _, claim in best:
            quote = claim.quotes[0]
            key = searchable(quote.text)
            if key not in shown and of_label.get(quote.document.id, 0) < _OF_A_LABEL:
                shown.add(key)
                of_label[quote.document.id] = of_label.get(quote.document.id, 0) + 1
                claims.append(claim)
    return _spread(claims)[:_MOST]


def _spread(claims: Sequence[Claim]) -> list[Claim]:
    """The first claim of each label before the second of any: products of one drug can differ."""
    turn: dict[str, int] = {}
    order: list[tuple[int, int, Claim]] = []
    for number, claim in enumerate(claims):
        id = claim.quotes[0].document.id
        turn[id] = turn.get(id, -1) + 1
        order.append((turn[id], number, claim))
    return [claim for _, _, claim in sorted(order, key=lambda entry: entry[:2])]


# --- established classes


def _by_class(own: Subject, other: Subject, documents: Sequence[int], index: Index) -> Iterator[tuple[float, Claim]]:
    """Sentences of ``own``'s labels on a class of ``other``."""
    memberships = _memberships(other, index)
    if not memberships:
        return
    own_forms = set(_memberships(own, index))
    longest = sorted(memberships, key=len, reverse=True)
    for sentence in sentences_naming(longest, documents, index):
        text = searchable(sentence.text)
        form = next((f for f in longest if names_any(text, (f,))), None)
        if form is None or not _is_interplay(sentence) or not CUE.search(text):
            continue
        if not is_about(sentence.passage.section, Intent.INTERACTION) and not CONCOMITANT.search(text):
            continue  # outside the section on interactions a class may be named for another reason
        if form in own_forms and not _speaks_of_others(text, form):
            continue  # the label speaks of its own drug's class
        if re.search(rf"\b(?:except|other than|excluding)\b[^.;]*{pattern_of(other.names).pattern}", text):
            continue
        membership = memberships[form]
        more = [membership.sentence.quote()] if membership.sentence else []
        yield _weight(sentence), claims_of(sentence, Basis.CLASS, CLASS, note=membership.said, more=more)[0]


def _memberships(subject: Subject, index: Index) -> dict[str, _Membership]:
    """How labels write the classes of a drug -> why it is in them; named sources before listed ones."""
    found: dict[str, _Membership] = {}
    for member in index.classes_of(subject.match.matched.split(" + ")):
        if member.kind in ("EPC", "MOA"):
            said = f"{member.substance} is a member of the class {member.name}, by {member.source}"
            for form in written(member.name):
                found.setdefault(" ".join(words(form)), _Membership(said, None))
    for form, sentence in _indications(subject, index):
        found.setdefault(form, _Membership(f"{subject.said} by its indication: next quote", sentence))
    if " + " not in subject.match.matched:
        for form, sentence in _listings(subject, index):
            found.setdefault(form, _Membership(f"{subject.said} is listed under {form}: next quote", sentence))
    return found


def _indications(subject: Subject, index: Index) -> Iterator[tuple[str, Sentence]]:
    """Therapeutic classes that a drug's own indication puts it in: an "antihypertensive" is indicated in hypertension."""
    documents = list(subject.documents)[:LABELS]
    for sentence in sentences_naming(("indicated",), documents, index) if documents else ():
        text = searchable(sentence.text)
        for pattern, forms in _INDICATED:
            if pattern.search(text):
                yield from ((form, sentence) for form in forms)


def _listings(subject: Subject, index: Index) -> Iterator[tuple[str, Sentence]]:
    """Sentences that list the drug under a class: "NSAIDs (e.g., naproxen, ...)"."""
    rows = sorted(passages_naming(subject, index, None, limit=_PASSAGES))
    drug = pattern_of(subject.names).pattern
    listing = re.compile(
        rf"(?P<form>{pattern_of(all_forms()).pattern})[^\w.;]{{0,3}}\(?(?:e\.g\.,?|such as|including|like|for"
        rf" example,?)[^\w]{{0,3}}{_ITEM}{{0,160}}?{drug}"
    )
    for sentence in sentences_at(rows, index):
        text = searchable(sentence.text)
        if match := listing.search(text):
            yield " ".join(words(match.group("form"))), sentence


def _speaks_of_others(text: str, form: str) -> bool:
    spelled = pattern_of((form,)).pattern
    return bool(
        re.search(rf"\b(?:other|another|concomitant|additional|dual|with|and|of)\b[^.;]{{0,30}}{spelled}", text)
        and re.search(r"\b(?:other|concomitant\w*|co-?admin\w*|combin\w*|together|dual|concurrent\w*)\b", text)
    )


# --- inhibitors and inducers


def _by_role(
    other: Subject, legs: Sequence[Leg], documents: Sequence[int], index: Index
) -> Iterator[tuple[float, Claim]]:
    """Sentences of labels on inhibitors or inducers of a target, where a quoted sentence gives ``other`` that role."""
    acting = acting_on(legs)
    forms = tuple(dict.fromkeys(form for target, part in acting for form in _role_forms(target, part)))
    for sentence in sentences_naming(forms, documents, index) if forms else ():
        text = searchable(sentence.text)
        if not _is_interplay(sentence):
            continue
        for (target, part), leg in acting.items():
            if not names_any(text, _role_forms(target, part)) or not _strength_fits(text, target, leg.role.strength):
                continue
            lacking = _lacking(text, part, set(acting))
            role = f"{'an' if target[0] in 'AEIOU' else 'a'} {target} {part.value}"
            note = f"{other.match.matched or other.said} as {role}: next quote"
            if lacking:
                note = (
                    f"{other.match.matched or other.said} is quoted here as {role}, not as one of {lacking}: {OUTSIDE}"
                )
            yield (
                _weight(sentence) - (0.5 if lacking else 0.0),
                claims_of(sentence, Basis.CLASS, CLASS, note=note, more=[leg.sentence.quote()])[0],
            )
            break


def _role_forms(target: str, part: Part) -> tuple[str, ...]:
    """How labels write "inhibitors of this target", in the form of ``rag.text.words``."""
    noun, verb = ("inhibitor", "inhibit") if part is Part.INHIBITOR else ("inducer", "induce")
    forms: list[str] = []
    for name in ("p gp", "p glycoprotein") if target == "P-gp" else (target.lower(),):
        forms += [f"{name} {noun}s", f"{name} {noun}", f"{noun}s of {name}", f"{noun} of {name}", f"{verb} {name}"]
        forms += [f"{verb} both {name}", f"{noun}s of both {name}"]
        # "P-gp and/or strong CYP3A4 inhibitors": the noun stands behind the last target only
        forms += [
            f"{name} {link}{strong}cyp3a4 {noun}s" for link in ("and ", "or ", "and or ") for strong in ("", "strong ")
        ]
    return tuple(forms)


def _strength_fits(text: str, target: str, strength: str | None) -> bool:
    """False where the sentence speaks of, say, strong inhibitors only and no source calls the drug strong."""
    asked = re.findall(rf"\b(strong|potent|moderate|weak)\b(?: [\w-]+){{0,2}} {re.escape(target.lower())}\b", text)
    plain = {"potent": "strong", "mild": "weak"}
    return not asked or plain.get(strength or "", strength) in {plain.get(word, word) for word in asked}


def _lacking(text: str, part: Part, acting: set[tuple[str, Part]]) -> str:
    """The targets that a sentence on "both" asks for and that no source gives the drug; "" where there are none."""
    if not re.search(r"\bboth\b|\bdual\b|\bcombined\b", text):
        return ""
    named = {"P-gp" if t.startswith("p") else t.upper() for t in re.findall(r"cyp\d[a-z]\d+|p-gp|p-glycoprotein", text)}
    return " or ".join(sorted(target for target in named if (target, part) not in acting))


def _is_interplay(sentence: Sentence) -> bool:
    section = sentence.passage.section
    return any(is_about(section, i) for i in (Intent.INTERACTION, Intent.CONTRAINDICATION, Intent.WARNING, Intent.DOSE))


def _weight(sentence: Sentence) -> float:
    return _WEIGHT.get(sentence.evidence, 0.3) + 0.1 * min(len(CUE.findall(searchable(sentence.text))), 4)
