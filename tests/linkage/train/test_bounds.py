"""What classes of pairs are held to, whatever is seen of them."""

import numpy as np
import pytest

from cem_cli.linkage.compare import contact, names
from cem_cli.linkage.train.bounds import as_relatives
from cem_cli.linkage.train.ladders import views


def test_relatives_of_nearly_one_name_share_a_mailbox_as_often_as_other_relatives_do():
    """So few relatives bear one name that what is seen of them there is matches."""
    by_name = {c.name: c for c in (names.GIVEN_NAME, names.SURNAME_ONLY, names.SWAPPED, contact.EMAIL_ADDRESS)}
    (_, *factors) = views(tuple(by_name.values()))[0].factors
    mail = next(f for f in factors if f.name == "e-mail")
    assert mail.family is not None
    shared, alike = mail.family
    share = mail.normalise(np.ones(len(mail.labels)))
    share[shared] = 0.2
    u = mail.normalise(np.arange(1.0, len(mail.labels) + 1))
    held = as_relatives(mail, share, u)
    assert held[list(alike)] == pytest.approx(0.2)
    assert np.bincount(mail.group, weights=held)[2:5] == pytest.approx(1)
    assert held[mail.group == 5] == pytest.approx(share[mail.group == 5])
