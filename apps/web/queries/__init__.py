"""What the kit can be asked: numbers as text, curves as figures, rows as heat maps."""

from apps.web.queries.figures import (
    Curve,
    Reading,
    bars_figure,
    equity_figure,
    figure_json,
    histogram_figure,
    panels_figure,
    readings_figure,
    response_figure,
    thin,
)
from apps.web.queries.figures_trading import Cloud, Fills, bins, cloud_figure, distribution_figure, price_figure
from apps.web.queries.marks import HeatCell, HeatYear, Spark, heat_class, heat_years, spark
from apps.web.queries.sweep_figures import (
    Scale,
    parallel_figure,
    solid_parallel_figure,
    solid_surface_figure,
    surface_figure,
)

__all__ = [
    "Cloud",
    "Curve",
    "Fills",
    "HeatCell",
    "HeatYear",
    "Reading",
    "Scale",
    "Spark",
    "bars_figure",
    "bins",
    "cloud_figure",
    "distribution_figure",
    "equity_figure",
    "figure_json",
    "heat_class",
    "heat_years",
    "histogram_figure",
    "panels_figure",
    "parallel_figure",
    "price_figure",
    "readings_figure",
    "response_figure",
    "solid_parallel_figure",
    "solid_surface_figure",
    "spark",
    "surface_figure",
    "thin",
]
