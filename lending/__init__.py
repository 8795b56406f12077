"""PURE money: amounts, payments, promises, instalment plans, risk; and days as the borrower lives them."""
