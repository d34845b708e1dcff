"""Numbers on the command line."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

import click


class Number(click.ParamType[Decimal]):
    """A decimal number."""

    name = "number"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Decimal:
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite():
            self.fail(f"{value} is no number", param, ctx)
        return number
