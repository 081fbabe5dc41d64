"""Questions with gaps: what clinicians and patients ask about a label, by topic.

Whole templates are held out: a test row is never asked in words that training saw. Gaps: ``{drug}``, ``{other}`` (the
second drug or class), ``{term}`` (a condition, an effect, a group of patients; the lay word for it in a lay question).
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache


class Register(StrEnum):
    """Who asks."""

    CLINICIAN = "clinician"
    LAY = "lay"


@dataclass(frozen=True, slots=True)
class Template:
    """A question with gaps."""

    id: str
    topic: str
    register: Register
    words: str
    held_out: bool
    """Asked in the test split only."""

    def filled(self, drug: str, other: str = "", term: str = "") -> str:
        """The question."""
        return self.words.format(drug=drug, other=other, term=term)


_REGISTERS = {"c": Register.CLINICIAN, "l": Register.LAY}
_WORDS: dict[str, str] = {
    "interaction": """
c  Does {drug} interact with {other}?
c  Can {other} be given together with {drug}?
c  Is an interaction between {drug} and {other} described?
c  What should be known before adding {other} to {drug}?
c  What is the consequence of combining {drug} with {other}?
l  I take {drug}. Can I also have {other}?
l  Is it ok to use {other} while I am on {drug}?
l  What happens if {drug} and {other} are taken together?
l  do {drug} and {other} mix
c* A patient on {drug} is about to start {other}: what does the label say?
c* {drug} plus {other}: anything to watch for?
l* My doctor gave me {other} and I already use {drug}, is that a problem?
""",
    "contraindications": """
c  When is {drug} contraindicated?
c  What are the contraindications of {drug}?
c  In which patients must {drug} not be used?
c  List the absolute contraindications of {drug}.
l  Who should not take {drug}?
l  Who must stay away from {drug}?
l  When am I not allowed to use {drug}?
c* Which situations rule out {drug}?
l* Is there anyone who can't have {drug}?
""",
    "contraindication": """
c  Is {drug} contraindicated in a patient with {term}?
c  May {drug} be prescribed to a patient with {term}?
c  Would {term} speak against {drug}?
c  {drug} with {term}: what do the contraindications say?
l  Can someone with {term} take {drug}?
l  I have {term}. Am I allowed to use {drug}?
l  Is {drug} forbidden with {term}?
c* My patient has {term}; is {drug} an option?
l* My mother suffers from {term}, should she avoid {drug}?
""",
    "indications": """
c  What is {drug} indicated for?
c  What are the approved uses of {drug}?
c  For which conditions is {drug} labeled?
c  Which indication does the label of {drug} give?
l  What is {drug} for?
l  Why would a doctor prescribe {drug}?
l  What does {drug} treat?
c* When would the label have me prescribe {drug}?
l* what do people take {drug} for
""",
    "indication": """
c  Is {drug} indicated for {term}?
c  Does the labeling of {drug} include {term}?
c  Can {term} be treated with {drug} according to its label?
l  Is {drug} used for {term}?
l  Can {drug} help with {term}?
c* {term}: is {drug} approved for it?
l* I was told I have {term}. Is {drug} meant for that?
""",
    "starting dose": """
c  What is the starting dose of {drug}?
c  At which dose is {drug} initiated?
c  What is the recommended initial dosage of {drug}?
l  How much {drug} do you take at first?
l  What dose of {drug} do people begin with?
c* How is therapy with {drug} begun?
l* I am new to {drug}, how much should I start on?
""",
    "maximum dose": """
c  What is the maximum dose of {drug}?
c  How high can {drug} be dosed?
c  Which dose of {drug} should not be exceeded?
l  What is the most {drug} you can take?
l  How much {drug} is too much in one day?
c* Up to which dose may {drug} be titrated?
l* is there a limit on how much {drug} I can have
""",
    "dose": """
c  What dose of {drug} is recommended for {term}?
c  How is {drug} dosed in {term}?
c  What is the dosage of {drug} for {term}?
l  How much {drug} is taken for {term}?
l  What is the usual amount of {drug} for {term}?
c* {term}: which {drug} dose does the label give?
l* I got {drug} for {term}, how much do I need?
""",
    "dose in patients": """
c  How should the dose of {drug} be adjusted in {term}?
c  What dose of {drug} is recommended in {term}?
c  Is another dose of {drug} needed in {term}?
l  Is the dose of {drug} different for {term}?
l  How much {drug} is right for {term}?
c* {drug} dosing, {term}?
l* Do they change the amount of {drug} for {term}?
""",
    "use in patients": """
c  What is stated about {drug} in {term}?
c  Can {drug} be used in {term}?
c  Which precautions apply to {drug} in {term}?
c  What advice does the label of {drug} give for {term}?
l  Is {drug} safe for {term}?
l  What should {term} know about {drug}?
l  Does it matter for {term} when {drug} is used?
c* Any concern about {drug} in {term}?
l* are there special risks of {drug} for {term}
""",
    "effect": """
c  Can {drug} cause {term}?
c  Is there a known risk of {term} with {drug}?
c  What does the label of {drug} say about {term}?
c  Are there reports of {term} with {drug}?
l  Can {drug} give you {term}?
l  Could {term} come from {drug}?
l  I use {drug} and worry about {term}. What is known?
c* {term} under {drug}: is that described?
l* ever since I started {drug} I have {term}, is it the medicine?
""",
    "effect action": """
c  What should be done in case of {term} with {drug}?
c  How does one manage {term} under {drug}?
c  When should {drug} be stopped because of {term}?
l  What do I do if I get {term} from {drug}?
l  Should {drug} be stopped in case of {term}?
c* {term} during treatment with {drug}: next step?
l* I noticed {term} on {drug}, now what?
""",
    "effect rate": """
c  How often does {drug} cause {term}?
c  What is the incidence of {term} with {drug}?
c  What share of patients on {drug} had {term}?
l  How likely is it to get {term} from {drug}?
l  How many people get {term} from {drug}?
c* Frequency of {term} with {drug}?
l* what are the odds of {term} on {drug}
""",
    "monitoring": """
c  How should patients on {drug} be monitored for {term}?
c  Is monitoring for {term} needed with {drug}?
c  What follow-up for {term} does {drug} require?
l  Will I need checks for {term} while I take {drug}?
l  What do doctors watch for {term} during {drug}?
c* Which surveillance for {term} goes with {drug}?
l* do they test for {term} when you are on {drug}
""",
    "boxed warning": """
c  What does the boxed warning of {drug} say about {term}?
c  Does the boxed warning of {drug} mention {term}?
c  Which boxed warning on {term} does {drug} carry?
l  Does the box on the {drug} leaflet warn about {term}?
l  What is the strongest warning of {drug} on {term}?
c* Black box of {drug}: what on {term}?
l* is there a big warning about {term} on {drug}
""",
    "common reactions": """
c  What are the most common adverse reactions of {drug}?
c  Which adverse reactions are most frequent with {drug}?
l  What are the usual side effects of {drug}?
l  Which side effects of {drug} are most common?
c* Typical undesirable effects of {drug}?
l* what side effects do most people get on {drug}
""",
    "overdose": """
c  How is an overdose of {drug} managed?
c  What happens in overdosage of {drug}?
c  Is dialysis or an antidote useful in {drug} overdose?
l  What if someone takes too much {drug}?
l  What are the signs of a {drug} overdose?
c* A patient swallowed a large amount of {drug}: what to expect and do?
l* I think I took too many {drug}, what happens
""",
    "half-life": """
c  What is the half-life of {drug}?
c  How long is the elimination half-life of {drug}?
l  How long does {drug} stay in the body?
c* Terminal half-life of {drug}?
l* how long until {drug} is out of my system
""",
    "metabolism": """
c  How is {drug} metabolized?
c  Which enzymes metabolize {drug}?
l  How does the body break down {drug}?
c* Metabolic pathway of {drug}?
l* where in the body is {drug} broken down
""",
    "elimination": """
c  How is {drug} eliminated?
c  What share of {drug} is excreted in urine or feces?
l  How does {drug} leave the body?
c* Route of excretion of {drug}?
l* does {drug} go out through the kidneys
""",
    "mechanism": """
c  What is the mechanism of action of {drug}?
c  How does {drug} work?
l  What does {drug} do in the body?
c* By which mechanism does {drug} act?
l* how exactly does {drug} do its job
""",
    "food": """
c  Should {drug} be taken with food?
c  How is {drug} taken in relation to meals?
l  Do I take {drug} on an empty stomach?
l  Can I have {drug} with a meal?
c* Administration of {drug}: fed or fasting?
l* does it matter if I eat before {drug}
""",
    "whole": """
c  May {drug} be crushed, split or chewed?
c  Must {drug} be swallowed whole?
l  Can I crush or break {drug}?
c* Can {drug} be given other than whole?
l* ok to cut or chew {drug}?
""",
    "missed dose": """
c  What should a patient do after a missed dose of {drug}?
c  How is a missed dose of {drug} handled?
l  I forgot a dose of {drug}. What now?
c* Advice for a skipped dose of {drug}?
l* missed my {drug} today, do I take two
""",
    "stopping": """
c  Can {drug} be stopped abruptly?
c  How should {drug} be discontinued?
c  What happens on sudden withdrawal of {drug}?
l  Can I just stop taking {drug}?
l  What happens when {drug} is stopped all at once?
c* Does {drug} have to be tapered?
l* is it bad to quit {drug} cold turkey
""",
    "driving": """
c  Does {drug} impair driving or the operation of machines?
c  What should patients on {drug} be told about driving?
l  Can I drive while taking {drug}?
c* {drug} and fitness to drive?
l* is it safe to get behind the wheel on {drug}
""",
    "storage": """
c  How should {drug} be stored?
c  At which temperature is {drug} kept?
l  Where do I keep {drug}?
c* Storage conditions of {drug}?
l* does {drug} go in the fridge
""",
    "laboratory": """
c  Does {drug} interfere with laboratory tests?
c  Which laboratory test results can {drug} alter?
l  Can {drug} change my test results?
c* Known assay interference of {drug}?
l* could {drug} throw off my lab work
""",
    "out of scope": """
c  What does a month of {drug} cost?
c  Which insurers reimburse {drug}?
c  Who discovered {drug}, and in which year?
c  How many prescriptions for {drug} were written last year?
c  Which company sells the most {drug}?
c  Is {drug} cheaper in Canada?
l  Where can I buy {drug} cheaply?
l  Do I get a coupon for {drug}?
l  Does {drug} taste like mint?
l  Which actor is in the {drug} commercial?
l  Is {drug} allowed in airplane luggage?
l  Who invented {drug}?
c* Which pharmacies have {drug} in stock this week?
c* What is the market share of {drug}?
l* will my insurance pay for {drug}
l* how much is {drug} without insurance
""",
}


@cache
def templates(topic: str) -> tuple[Template, ...]:
    """The templates of a topic, in their order."""
    found: list[Template] = []
    for line in _WORDS[topic].strip().splitlines():
        mark, words = line.split(maxsplit=1)
        register = _REGISTERS[mark[0]]
        number = 1 + sum(one.register is register for one in found)
        found.append(Template(f"{topic}/{mark[0]}{number}", topic, register, words.strip(), mark.endswith("*")))
    return tuple(found)


def topics() -> tuple[str, ...]:
    """Every topic that has templates."""
    return tuple(_WORDS)
