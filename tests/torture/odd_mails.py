"""Odd mails, all of our own making: what mailers, gateways and people who mean harm send.

`ODD_MAILS` is a table from what is odd to a builder; they are built when wanted, because some are large. Each carries
a request where its oddity leaves room for one, for an odd mail is still a mail that somebody wrote.
"""

from typing import Final

from torture.building import Table
from torture.odd_costs import COSTS
from torture.odd_headers import HEADERS
from torture.odd_structures import STRUCTURES
from torture.odd_texts import TEXTS

ODD_MAILS: Final[Table] = {**HEADERS, **TEXTS, **STRUCTURES, **COSTS}
