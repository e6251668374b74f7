"""Sources of lines as a reader looks them up."""

from margin_core.margin.parameters import Document, Parameter, Source
from margin_core.methodologies import DOCUMENTS
from margin_core.present.citation import cite

RULE = Source("finra", "FINRA Rule 4210", "https://example.org/4210", "2026-11-22")
BOOK = Source("book", "A textbook", "https://example.org/book", "2026-11-22")
MINIMUM = Parameter("minimum", 37.5, "USD per contract", "book#p. 12")
DOCUMENT = Document("Rules", "2026-11-22", (RULE, BOOK), (MINIMUM,))


def test_a_paragraph_is_found_in_its_document():
    (found,) = cite("finra#(f)(2)(E)(i)", DOCUMENT)
    assert (found.source, found.place, found.parameter) == (RULE, "(f)(2)(E)(i)", None)


def test_a_parameter_leads_to_where_its_number_is_published():
    for text in ("parameters#minimum", "finra#minimum"):
        (found,) = cite(text, DOCUMENT)
        assert (found.source, found.place, found.parameter) == (BOOK, "p. 12", MINIMUM)


def test_several_places_are_several_citations():
    assert [c.source for c in cite("finra#(c); book#p. 3", DOCUMENT)] == [RULE, BOOK]


def test_what_the_file_does_not_name_is_no_citation():
    assert cite("", DOCUMENT) == cite("elsewhere#1", DOCUMENT) == ()


def test_every_methodology_has_its_document():
    assert DOCUMENTS
    for document in DOCUMENTS.values():
        for parameter in document.parameters:
            assert cite(parameter.source, document)
