"""Words of a question that name no drug, and words of a description that say nothing of what is described."""

STOP = frozenset(
    """side a about after all also am an and any are as at be because been before being between both but by can could
    did do does drug drugs during each effect effects for from get give given had has have having he her his
    how i if in into is it its just kind know label labels long many may me medication medicine medicines
    might more most much must my need no not of on one only or other our out over patient patients people
    please pill pills prescribe prescribed safe safely say says she should since so some such take taken takes
    taking tell than that the their them then there these they thing this those through to too under up use
    used user using very was we were what when where which while who whom why will with without would you your
    dose doses dosage tablet tablets tab capsule capsules mg interact interacts interaction interactions
    between together combination avoid okay ok ml milliliter milliliters millilitre millilitres milligram milligrams mcg
    microgram micrograms gram grams""".split()
)
"""Words of a question that name no drug and point to nothing."""

FILLERS = frozenset(
    """agent agents containing contain contains substance substances product products preparation preparations
    formulation formulations compound compounds known certain type types group route class classes therapy
    treatment system like""".split()
)
"""Words of a description that say nothing of what is described."""
