"""The brief on two drugs: what is stated of the pair, what of a class, what the pathways are, what is missing.

Four answers are kept apart: *stated* (a document names the pair), *class* (a label names a class to which a named
source assigns the other drug), *inferred* (two quoted legs; substrate with substrate infers nothing), and *not in the
corpus*. A measured null result is shown as what it is and never pushes a labelled warning aside.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rag.answer.claims import claims_of
from rag.answer.evidence import evidence_of, is_null_result, level_of
from rag.search.naming import documents_naming, is_named, names_any, passages_naming
from rag.answer.quotes import Sentence, sentences_of
from rag.answer.roles import Part, Role, mentions_target, roles_in
from rag.answer.searched import searched
from rag.index.index import Index
from rag.records import Basis, Claim, Evidence, Intent, Kind, Level, Management, Missing, Reason, Support, Verdict
from rag.search.classes import members_of, written
from rag.search.intents import is_about
from rag.search.question import Subject, Understood
from rag.text import searchable

STATED = "Stated of the pair"
CLASS = "Stated of a class that one of the two belongs to"
INFERRED = "Inferred (both legs quoted; no source here states this of the pair)"
_MOST_STATED = 4
_MOST_CLASS = 4
_LABELS = 6
"""Labels of one drug read for classes and roles; copies of a generic say the same."""
_PASSAGES = 60

_CUE = re.compile(
    r"\b(?:increas|decreas|reduc|rais|lower|elevat|potentiat|enhanc|diminish|inhibit|induc|antagoni|additive|synergis|interact|avoid|monitor|caution"
    r"|contraindicat|concomitant|concurrent|co-?administ|combin|together|simultaneous|toxic|risk|effect|exposure|concentration|level|clearance|auc|dose"
    r"|recommended|hypotens|bleed|hyperkal|bradycard|arrhythm)\w*",
)
_AMOUNT = re.compile(r"\d\s*(?:mg|mcg|g|ml|units?)\b")
_CONCOMITANT = re.compile(
    r"\b(?:concomitant|concurrent|co-?administ|combin|together|with|receiving|taking|use of|other|interact|simultaneous|added|addition|given)\w*"
)


@dataclass(frozen=True, slots=True)
class Brief:
    """What the corpus has on a pair."""

    verdict: Verdict
    headline: str
    claims: tuple[Claim, ...]
    management: tuple[Management, ...]
    missing: tuple[Missing, ...]


@dataclass(frozen=True, slots=True)
class _Leg:
    role: Role
    sentence: Sentence


def brief(understood: Understood, index: Index) -> Brief:
    """The brief on the first two subjects of a question."""
    a, b = understood.subjects[:2]
    naming = _documents_naming_both(a, b, index)
    stated = _stated(a, b, understood, naming, index)
    labels = set(a.documents) | set(b.documents)
    label_named = bool(naming & labels)
    claims = [claim for sentence in stated for claim in claims_of(sentence, Basis.STATED, STATED)]
    if not label_named or len(claims) < 2:
        legs = {subject: _legs(subject, index) for subject in (a, b)}
        claims += _class_claims(a, b, legs, stated, index)
        if not label_named:
            claims += _inferred(a, b, legs, index)
    management = _management(claims)
    missing = _missing(a, b, naming, labels, bool(stated), index)
    if stated:
        verdict = Verdict.ANSWERED
    elif claims:
        verdict = Verdict.PARTLY
    else:
        verdict = Verdict.DECLINED
    if naming and not stated:
        verdict = Verdict.PARTLY if claims else Verdict.DECLINED
    return Brief(verdict, _headline(a, b, claims, naming, labels, index), tuple(claims), management, missing)


def _documents_naming_both(a: Subject, b: Subject, index: Index) -> set[int]:
    """Documents that name the pair: a label of one that names the other, any other document with both in one passage.

    A label counts as naming its own drug. A label of both (one drug asked for under two names) does not count.
    """
    of_a, of_b = (documents_naming(subject, index) for subject in (a, b))
    own_a, own_b = set(a.documents), set(b.documents)
    labels = (own_a & of_b) | (own_b & of_a)
    others = sorted((of_a & of_b) - own_a - own_b)
    if others:
        rows_a, rows_b = (passages_naming(subject, index, others) for subject in (a, b))
        labels |= {document for document, _ in index.passages(rows_a & rows_b).values()}
    return labels - (own_a & own_b)


def _stated(a: Subject, b: Subject, understood: Understood, naming: set[int], index: Index) -> list[Sentence]:
    """The best sentences that name the pair: of a label those that name the other drug, of an article those that name both."""
    if not naming:
        return []
    scored: list[tuple[float, int, Sentence]] = []
    seen: set[str] = set()
    rows = passages_naming(a, index, sorted(naming), 2000) | passages_naming(b, index, sorted(naming), 2000)
    for sentence in _sentences_at(rows, index):
        row = sentence.document_row
        text = sentence.readable
        wanted = (() if row in a.documents else (a,)) + (() if row in b.documents else (b,))
        if not all(is_named(subject, text) for subject in wanted):
            continue
        key = searchable(sentence.text)
        if key in seen:
            continue
        seen.add(key)
        scored.append((_weight(sentence, a, b, wanted, understood), -sentence.span.start, sentence))
    scored.sort(key=lambda entry: (-entry[0], -entry[1]))
    best = [sentence for weight, _, sentence in scored[:_MOST_STATED] if weight > 0.0 or len(scored) == 1]
    if Intent.DOSE in understood.query.intents:
        return best  # the dose was asked for; it stays in front
    return sorted(best, key=lambda s: list(Evidence).index(evidence_of(s.document, s.passage.section, s.text)))


def _sentences_naming(names: Sequence[str], documents: Sequence[int], index: Index) -> Iterable[Sentence]:
    yield from _sentences_at({hit.row for hit in index.words.naming(names, documents=documents, limit=2000)}, index)


def _sentences_at(rows: Iterable[int], index: Index) -> Iterable[Sentence]:
    passages = index.passages(rows)
    copies = index.same_text(list(passages))
    for row in sorted(passages):
        document, passage = passages[row]
        yield from sentences_of(passage, document, index, copies.get(row, 1))


def _weight(sentence: Sentence, a: Subject, b: Subject, wanted: Sequence[Subject], understood: Understood) -> float:
    text = searchable(sentence.text)
    weight = 0.3 * min(len(_CUE.findall(text)), 5)
    evidence = evidence_of(sentence.document, sentence.passage.section, sentence.text)
    weight += {Evidence.CONTRAINDICATION: 0.8, Evidence.BOXED_WARNING: 0.8, Evidence.WARNING: 0.3, Evidence.INTERACTION: 0.5, Evidence.PK_STUDY: 0.5}.get(evidence, 0.0)
    if Intent.DOSE in understood.query.intents and _AMOUNT.search(text):
        weight += 1.0 if sentence.block else 0.5
    weight += sum(0.6 for intent in understood.query.intents if intent is not Intent.INTERACTION and is_about(sentence.passage.section, intent))
    if sentence.document_row in a.asked:
        weight += 1.0
    elif sentence.document_row in b.asked:
        weight += 0.5
    if all(is_named(subject, sentence.text) for subject in wanted):
        weight += 0.5
    if all(is_named(subject, sentence.text) for subject in (a, b)):
        weight += 0.4
    if len(text) > 700:
        weight -= 0.5
    return weight


def _claim(sentence: Sentence, basis: Basis, group: str, note: str = "", more: Sequence[Sentence] = ()) -> Claim:
    return claims_of(sentence, basis, group, note=note, more=[s.quote() for s in more])[0]


# --- classes


def _class_claims(a: Subject, b: Subject, legs: dict[Subject, list[_Leg]], stated: Sequence[Sentence], index: Index) -> list[Claim]:
    claims: list[Claim] = []
    shown = {searchable(sentence.text) for sentence in stated}
    for own, other in ((a, b), (b, a)):
        documents = list(own.documents)[:_LABELS]
        if documents:
            for claim in (*_by_role(own, other, legs[other], documents, index), *_by_class(own, other, documents, index)):
                if (key := searchable(claim.quotes[0].text)) not in shown:
                    shown.add(key)
                    claims.append(claim)
    return _spread(claims)[:_MOST_CLASS]


def _spread(claims: Sequence[Claim]) -> list[Claim]:
    """The first claim of each label before the second of any: products of one drug can differ."""
    turn: dict[str, int] = {}
    order: list[tuple[int, int, Claim]] = []
    for number, claim in enumerate(claims):
        id = claim.quotes[0].document.id
        turn[id] = turn.get(id, -1) + 1
        order.append((turn[id], number, claim))
    return [claim for _, _, claim in sorted(order, key=lambda entry: entry[:2])]


def _by_class(own: Subject, other: Subject, documents: Sequence[int], index: Index) -> list[Claim]:
    """Sentences of ``own``'s labels on an established class of ``other``; membership comes from a named class source."""
    substances = other.match.matched.split(" + ") if other.match.matched else []
    own_classes = {name for _, name, _, _ in index.classes_of(own.match.matched.split(" + "))}
    forms: dict[str, tuple[str, str]] = {}
    for substance, name, kind, source in index.classes_of(substances):
        if kind in ("EPC", "MOA"):
            for form in written(name):
                forms.setdefault(" ".join(re.findall(r"[^\W_]+", searchable(form))), (f"{substance} is a {name}", source))
    if not forms:
        return []
    found: list[tuple[float, int, Claim]] = []
    for sentence in _sentences_naming(tuple(forms), documents, index):
        text = searchable(sentence.text)
        form = next((f for f in sorted(forms, key=len, reverse=True) if names_any(text, (f,))), None)
        if form is None or not _is_interplay(sentence) or not _CONCOMITANT.search(text) or not _CUE.search(text):
            continue
        membership, source = forms[form]
        if membership.partition(" is a ")[2] in own_classes and not re.search(r"\bother\b|\bconcomitant|\bco-?admin|\bcombin|\btogether|\bdual\b", text):
            continue  # the label speaks of its own drug's class
        if re.search(rf"(?:except|other than|excluding)[^.;]*{re.escape(other.match.name)}", text):
            continue
        found.append((_class_weight(sentence), -sentence.span.start, _claim(sentence, Basis.CLASS, CLASS, f"{membership}, by {source}")))
    found.sort(key=lambda entry: (-entry[0], -entry[1]))
    return [claim for _, _, claim in found[:2]]


def _by_role(own: Subject, other: Subject, legs: Sequence[_Leg], documents: Sequence[int], index: Index) -> list[Claim]:
    """Sentences of ``own``'s labels on inhibitors or inducers of a target, where a quoted sentence gives ``other`` that role."""
    acting = _acting(legs)
    if not acting:
        return []
    forms = tuple(f for target, part in acting for f in _role_forms(target, part))
    found: list[tuple[float, int, Claim]] = []
    for sentence in _sentences_naming(forms, documents, index):
        text = searchable(sentence.text)
        if not _is_interplay(sentence):
            continue
        for (target, part), leg in acting.items():
            if not names_any(text, _role_forms(target, part)) or not re.search(part.value[:6], text):
                continue
            if not _strength_fits(text, target, part, leg.role.strength):
                continue
            lacking = _lacking(text, part, acting, target)
            note = f"{other.match.matched or other.match.name} as {_article(target)} {target} {part}: next quote"
            if lacking:
                note = f"{other.match.matched or other.match.name} is quoted here as {_article(target)} {target} {part}, not as one of {lacking}: outside this statement"
            found.append((_class_weight(sentence), -sentence.span.start, _claim(sentence, Basis.CLASS, CLASS, note, [leg.sentence])))
            break
    found.sort(key=lambda entry: (-entry[0], -entry[1]))
    best: dict[str, list[Claim]] = {}
    for _, _, claim in found:
        best.setdefault(claim.quotes[0].document.id, []).append(claim)
    return [claim for claims in best.values() for claim in claims[:2]]


def _role_forms(target: str, part: Part) -> tuple[str, ...]:
    name = target.lower()
    names = ["p gp", "p glycoprotein"] if target == "P-gp" else [name]
    verb = "inhibit" if part is Part.INHIBITOR else "induc"
    ending = "or" if part is Part.INHIBITOR else "er"
    forms = []
    for n in names:
        forms += [f"{n} {verb}{ending}s", f"{n} {verb}{ending}", f"{verb}{ending}s of {n}", f"inhibit {n}" if part is Part.INHIBITOR else f"induce {n}"]
        forms += [f"{verb}{ending}s of both {n}", f"inhibit both {n}", f"p gp and or strong {n} {verb}{ending}s"]
    return tuple(dict.fromkeys((*forms, *(f"{n} or strong cyp3a4 {verb}{ending}s" for n in names), *(f"{n} and strong cyp3a4 {verb}{ending}s" for n in names))))


def _strength_fits(text: str, target: str, part: Part, strength: str | None) -> bool:
    """False where the sentence speaks of strong inhibitors only and no source calls the drug strong."""
    asked = re.findall(rf"\b(strong|potent|moderate|weak)\b(?: [\w-]+){{0,2}} {re.escape(target.lower())} {part.value}", text)
    if not asked:
        return True
    known = {"potent": "strong", "mild": "weak"}.get(strength or "", strength)
    return known in {{"potent": "strong"}.get(word, word) for word in asked}


def _lacking(text: str, part: Part, acting: dict[tuple[str, Part], _Leg], target: str) -> str:
    """The targets that a sentence on "both" asks for and that no source gives the drug; "" where there are none."""
    if not re.search(r"\bboth\b|\bdual\b|\bcombined\b", text):
        return ""
    named = {"P-gp" if t.startswith("p") else t.upper() for t in re.findall(r"cyp\d[a-z]\d+|p-gp|p-glycoprotein", text)}
    return " or ".join(sorted(t for t in named if (t, part) not in acting and t != target))


def _is_interplay(sentence: Sentence) -> bool:
    section = sentence.passage.section
    return any(is_about(section, i) for i in (Intent.INTERACTION, Intent.CONTRAINDICATION, Intent.WARNING, Intent.DOSE))


def _class_weight(sentence: Sentence) -> float:
    evidence = evidence_of(sentence.document, sentence.passage.section, sentence.text)
    weight = {Evidence.CONTRAINDICATION: 1.0, Evidence.BOXED_WARNING: 1.0, Evidence.INTERACTION: 0.8, Evidence.DOSAGE: 0.7, Evidence.WARNING: 0.6}.get(evidence, 0.3)
    return weight + 0.1 * min(len(_CUE.findall(searchable(sentence.text))), 4)


def _article(target: str) -> str:
    return "an" if target[0] in "AEIOU" else "a"


# --- pathways


def _legs(subject: Subject, index: Index) -> list[_Leg]:
    """Sentences that give the subject a role, its own labels' first, in vitro last."""
    own = list(subject.documents)[:_LABELS]
    articles = [row.row for row in index.rows(index.words.documents_naming(subject.names)).values() if row.kind is Kind.ARTICLE]
    hits = [h.row for h in index.words.naming(subject.names, documents=own, limit=400)] if own else []
    more = [h.row for h in index.words.naming(subject.names, documents=articles, limit=_PASSAGES)] if articles else []
    passages = index.passages([*hits, *more])
    legs: list[_Leg] = []
    for row in sorted(passages, key=lambda r: (r not in hits, r)):
        document, passage = passages[row]
        if not mentions_target(passage.text):
            continue
        for sentence in sentences_of(passage, document, index):
            legs.extend(_Leg(role, sentence) for role in roles_in(sentence.text, subject.names))
    return sorted(legs, key=lambda leg: evidence_of(leg.sentence.document, leg.sentence.passage.section, leg.sentence.text) is Evidence.IN_VITRO)


def _inferred(a: Subject, b: Subject, legs: dict[Subject, list[_Leg]], index: Index) -> list[Claim]:
    claims: list[Claim] = []
    for victim, actor in ((a, b), (b, a)):
        for leg in _first_by_target(legs[victim], Part.SUBSTRATE, False):
            for part, turn in ((Part.INHIBITOR, "rise"), (Part.INDUCER, "fall")):
                acting = _acting(legs[actor]).get((leg.role.target, part))
                if acting:
                    quotes = [leg.sentence.quote(), acting.sentence.quote()]
                    text = (
                        f"Through {leg.role.target}, {_said(victim)} exposure could {turn}: {_said(victim)} is a substrate of {leg.role.target}"
                        f" and {_said(actor)} is {'an inhibitor' if part is Part.INHIBITOR else 'an inducer'} of it."
                    )
                    if leg.role.target == "P-gp" and (probe := _digoxin(actor, index)):
                        quotes.append(probe.quote())
                        text += f" {_said(actor).capitalize()} also changes digoxin, a substrate of P-gp."
                    claims.append(Claim(text, Basis.INFERRED, Support.LEGS, _weakest(leg, acting), tuple(quotes), INFERRED))
    claims += _shared(a, b, legs)
    claims += _other_way(a, b, legs)
    return claims


def _acting(legs: Sequence[_Leg]) -> dict[tuple[str, Part], _Leg]:
    """What a drug inhibits or induces; what one source denies and another affirms is left out of every inference."""
    denied = {(leg.role.target, leg.role.part) for leg in legs if leg.role.negated}
    found: dict[tuple[str, Part], _Leg] = {}
    for leg in legs:
        key = (leg.role.target, leg.role.part)
        if leg.role.part is not Part.SUBSTRATE and key not in denied:
            found.setdefault(key, leg)
    return found


def _first_by_target(legs: Sequence[_Leg], part: Part, negated: bool) -> list[_Leg]:
    found: dict[str, _Leg] = {}
    for leg in legs:
        if leg.role.part is part and leg.role.negated is negated:
            found.setdefault(leg.role.target, leg)
    return list(found.values())


def _shared(a: Subject, b: Subject, legs: dict[Subject, list[_Leg]]) -> list[Claim]:
    """Two substrates of one enzyme: shown, because people take it for an interaction, and said to be none."""
    claims = []
    of_b = {leg.role.target: leg for leg in _first_by_target(legs[b], Part.SUBSTRATE, False)}
    for leg in _first_by_target(legs[a], Part.SUBSTRATE, False):
        target = leg.role.target
        acting = {acts_on for s in (a, b) for acts_on, _ in _acting(legs[s])}
        if target not in of_b or target in acting:
            continue
        denied = [x.sentence for s in (a, b) for x in legs[s] if x.role.target == target and x.role.part is Part.INHIBITOR and x.role.negated]
        quotes = [leg.sentence.quote(), of_b[target].sentence.quote(), *(s.quote() for s in denied[:2])]
        text = f"Not through {target}: {_said(a)} and {_said(b)} are both its substrates, and a shared pathway alone is no interaction."
        if denied:
            text += f" A quoted source finds no relevant effect of one of them on {target}."
        claims.append(Claim(text, Basis.INFERRED, Support.LEGS, _weakest(leg, of_b[target]), tuple(quotes), INFERRED))
    return claims


def _other_way(a: Subject, b: Subject, legs: dict[Subject, list[_Leg]]) -> list[Claim]:
    """A drug that is said not to act on an enzyme of the other: quoted as it stands."""
    claims = []
    for victim, actor in ((a, b), (b, a)):
        targets = {leg.role.target for leg in _first_by_target(legs[victim], Part.SUBSTRATE, False)}
        for leg in _first_by_target(legs[actor], Part.INHIBITOR, True):
            if leg.role.target in targets and not any(claim.quotes[0].text == leg.sentence.text for claim in claims):
                claims.append(_claim(leg.sentence, Basis.STATED, f"Stated of {_said(actor)} alone"))
                break
    return claims


def _digoxin(actor: Subject, index: Index) -> Sentence | None:
    if not actor.documents or "digoxin" in actor.names:
        return None
    for sentence in _sentences_naming(("digoxin",), list(actor.documents)[:2], index):
        if re.search(r"\b(?:rais|increas|elevat|higher|lower|decreas)\w*\b", searchable(sentence.text)) and names_any(sentence.text, ("digoxin",)):
            return sentence
    return None


def _weakest(*legs: _Leg) -> Evidence:
    kinds = [evidence_of(leg.sentence.document, leg.sentence.passage.section, leg.sentence.text) for leg in legs]
    return max(kinds, key=list(Evidence).index)


# --- what to do, what is missing, the headline


def _management(claims: Sequence[Claim]) -> tuple[Management, ...]:
    """Advice as far as a quote of a claim carries it, strictest first."""
    found = []
    for claim in claims:
        if claim.basis is Basis.INFERRED or "outside this statement" in claim.text:
            continue
        level = level_of(claim.quotes[0].text, claim.evidence)
        if level is not Level.NONE_STATED:
            found.append(Management(level, claim.quotes[0].text, claim.quotes[:1]))
    return tuple(sorted(found, key=lambda advice: list(Level).index(advice.level))[:4])


def _missing(a: Subject, b: Subject, naming: set[int], labels: set[int], stated: bool, index: Index) -> tuple[Missing, ...]:
    missing: list[Missing] = []
    names = (_said(a), _said(b))
    articles = [row for row in naming if row not in labels]
    read = searched(index, [*a.documents, *b.documents, *articles])
    if not naming:
        missing.append(Missing(Reason.PAIR_NOT_NAMED, f"No document of this corpus names {names[0]} and {names[1]} together. This is silence, not evidence of safety.", names, read))
    elif not naming & labels:
        text = f"No label of {names[0]} or {names[1]} in this corpus names the other drug; what is stated of the pair comes from other documents."
        missing.append(Missing(Reason.SILENT, text, names, read))
    elif not stated:
        missing.append(Missing(Reason.WEAK, f"A document names {names[0]} and {names[1]}, but no sentence of it could be quoted on the pair.", names, read))
    for subject in (a, b):
        if not subject.is_known and not members_of(subject.match.name):
            text = f"This corpus has no label of {_said(subject)}; what is said of it comes from other documents."
            missing.append(Missing(Reason.NO_DOCUMENT, text, (_said(subject),), ()))
    return tuple(missing)


def _headline(a: Subject, b: Subject, claims: Sequence[Claim], naming: set[int], labels: set[int], index: Index) -> str:
    pair = f"{_said(a)} and {_said(b)}"
    stated = [claim for claim in claims if claim.group == STATED]
    by_class = [claim for claim in claims if claim.basis is Basis.CLASS and "outside this statement" not in claim.text]
    inferred = [claim for claim in claims if claim.basis is Basis.INFERRED and claim.text.startswith("Through")]
    parts = []
    if naming & labels and stated:
        speakers = dict.fromkeys(claim.quotes[0].document.title for claim in stated if claim.quotes[0].document.kind is Kind.LABEL)
        parts.append(f"The pair {pair} is named in {len(naming & labels)} label{'s' if len(naming & labels) > 1 else ''} here" + (f", first that of {next(iter(speakers))}." if speakers else "."))
    elif stated:
        parts.append(f"No label here names the pair {pair}; another document does.")
    else:
        parts.append(f"Not stated in this corpus: no document names {pair} together." if not naming else f"The corpus has no quotable sentence on {pair}.")
    nulls = [claim for claim in stated if is_null_result(claim.text)]
    warned = [claim for claim in (*stated, *by_class) if claim not in nulls and level_of(claim.quotes[0].text, claim.evidence) is not Level.NONE_STATED]
    labelled = [claim for claim in warned if claim.quotes[0].document.kind is Kind.LABEL]
    if nulls and labelled:
        parts.append("A study saw no change under its own conditions, while a label warns" + (" of the class." if labelled[0].basis is Basis.CLASS else ".") + " The sources do not agree.")
    elif nulls:
        parts.append("What was measured did not change under the conditions quoted.")
    elif not stated and by_class:
        parts.append("A label speaks of a class to which one of the two belongs.")
    elif not stated and inferred:
        parts.append("An effect can be inferred from two quoted legs; nobody here states it of the pair.")
    elif not stated:
        parts.append("This is silence, not evidence of safety.")
    return " ".join(parts)


def _said(subject: Subject) -> str:
    return subject.match.name
