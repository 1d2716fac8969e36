"""Questions whose answer stands in other words: each question and its page have no stem in common (a test holds them to it)."""

PAGES = {
    "Reversal": "Shares that lost most over four weeks are bought and those that gained most are shorted. The book is turned "
    "over every thirty days.",
    "Calendar": "Equities earned nearly all of their yearly gain between November and April; from May onward cash did better.",
    "Timing": "We hold the index while its price lies above the ten-month moving average and switch into Treasury bills otherwise.",
    "Costs": "Commissions, half the quoted spread and market impact are subtracted from each order. After them little of the "
    "paper profit is left.",
    "Pairs": "Two stocks whose normalised prices moved together in the formation year are matched. When they diverge by two "
    "standard deviations we open a long-short position and close it at convergence.",
    "Risk": "Exposure is scaled inversely to realised volatility so that the fund runs at a constant ten percent annual variance "
    "target.",
    "Carry": "Currencies of countries with high short-term interest rates are held against those with low ones. The yield "
    "differential is the source of the premium.",
    "Quality": "Firms with steady earnings, low leverage and high gross margins outperform junk issuers in downturns.",
    "Value": "Companies are sorted on book equity relative to market capitalisation, and the cheapest decile is purchased.",
    "Survivors": "The database drops delisted names, so bankrupt firms are absent and historical averages look better than any "
    "investor could have achieved.",
    "Insiders": "Executives and directors file their purchases with the regulator within two days. Clusters of such filings "
    "precede abnormal appreciation.",
    "Commodities": "Futures in backwardation are bought and those in contango are sold, rolling to the next expiry before the first "
    "notice day.",
    "Overfitting": "Having tried two hundred variants on one history, the best of them is partly luck; the hurdle for its "
    "t-statistic must be raised accordingly.",
    "Governance": "The board met nine times. Remuneration of the chair and the audit committee is set out in note twelve.",
    "Weather": "Snowfall closed the ski lifts on eleven days and hotel bookings fell in the valley.",
    "Recipe": "Whisk the eggs with sugar, fold in the flour and bake for forty minutes until golden.",
}
QUESTIONS = {
    "last month's losing stocks rebound": "Reversal",
    "sell in spring and return to the stock market in autumn": "Calendar",
    "trend following rule that leaves equities when they fall under a long run mean": "Timing",
    "transaction expenses eat up the strategy's returns": "Costs",
    "statistical arbitrage between similar securities after their relationship breaks temporarily": "Pairs",
    "take smaller bets when turbulence rises": "Risk",
    "borrow cheaply in yen and lend in foreign money that pays more": "Carry",
    "profitable businesses without much debt are safer during recessions": "Quality",
    "inexpensive shares according to their accounting worth": "Value",
    "sample excludes companies that went bust, which inflates performance": "Survivors",
    "managers buying their own company's stock": "Insiders",
    "term structure slope of oil and metals contracts": "Commodities",
    "multiple testing and data mining inflate significance": "Overfitting",
    "how much are top officers paid": "Governance",
}
