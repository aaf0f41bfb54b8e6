"""Read the interval in the name of a rate, and the status in a status column: English, French, Italian."""

import re
from typing import Literal

from clientctl.base.calendar import Interval, parse_interval
from clientctl.base.text import fold

Status = Literal["active", "cancelled", "expired", "upcoming", "needs-attention", "paused", "ending"]


def _listed(table: dict[str, str]) -> dict[str, Interval]:
    return {word: parse_interval(every) for every, words in table.items() for word in words.split()}


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Words that say alone how often is billed.
_OFTEN = _listed(
    {
        "1d": "daily journalier journaliere quotidien quotidienne giornaliero giornaliera quotidiano",
        "1w": "weekly hebdomadaire hebdo settimanale",
        "2w": "fortnightly quinzaine quindicinale",
        "1m": "monthly mensuel mensuelle mensuels mensuelles mensile mensili",
        "2m": "bimestriel bimestrielle bimestrale",
        "3m": "quarterly trimestriel trimestrielle trimestrale",
        "4m": "quadrimestriel quadrimestrielle quadrimestrale",
        "6m": "halfyearly semiannual semiannually semestriel semestrielle semestrale",
        "1y": "yearly annual annually annuel annuelle annuels annuelles annuale annuali annuo annua",
        "2y": "biennial biennal biennale",
    }
)

# Words for a length of time: billed so often after a number, or after "every".
_LENGTHS = _listed(
    {
        "1d": "day days jour jours giorno giorni",
        "1w": "week weeks semaine semaines settimana settimane",
        "2w": "fortnight fortnights",
        "1m": "month months mois mese mesi",
        "2m": "bimestre bimestri",
        "3m": "quarter quarters trimestre trimestres trimestri",
        "6m": "semestre semestres semestri halfyear",
        "1y": "year years an ans annee annees anno anni",
    }
)
_EACH = _set("every each per a the par chaque le la les l au ogni al alla all i tutti tutte")
_NUMBERS = {
    word: number
    for number, words in enumerate(
        [
            "one un une uno una",
            "two deux due",
            "three trois tre",
            "four quatre quattro",
            "five cinq cinque",
            "six sei",
        ],
        start=1,
    )
    for word in words.split()
}

# Before another word they make one with it: half-yearly, bi-weekly.
_PREFIXES = _set("bi half semi")
# Twice in a month to some and every other month to others; and lengths that say how often one comes.
_UNCERTAIN = _set(
    "biweekly bimonthly biannual biannually biyearly bihebdomadaire bimensuel bimensuelle biannuel biannuelle"
    " bisannuel bisannuelle bisettimanale bimensile bimensili semiweekly semimonthly halfmonthly demi twice"
    " other"
)
# Eight and fifteen days are said in French and Italian for one week and two.
_SAID_FOR_WEEKS = frozenset({Interval(8, "day"), Interval(15, "day")})
_MOST = 100

_STATES: dict[Status, str] = {
    "active": """
        active, actif, active, activé, activée, en cours, valide, valable, current, ongoing, running,
        valid, attivo, attiva, in corso, valido, valida, à jour, live, trial, trialing, in trial, essai, à l'essai,
        en essai, prova, in prova, in regola""",
    "cancelled": """
        cancelled, canceled, terminated, cancellation, annulé, annulée, résilié, résiliée, résiliation,
        désabonné, désabonnée, annullato, annullata, disdetto, disdetta, cancellato, cancellata, revocato,
        revocata""",
    "expired": """
        expired, ended, finished, lapsed, expiré, expirée, échu, échue, terminé, terminée, fini, finie,
        scaduto, scaduta, terminato, terminata, finito, finita, inactive, inactif, inattivo, inattiva, non attivo,
        non attiva, closed, clos, close, clôturé, clôturée, chiuso, chiusa, former, ancien, ancienne, past, passé,
        passée, cessato, cessata, archived, archivé, archivée, archiviato, archiviata""",
    "upcoming": """
        upcoming, future, scheduled, not started, à venir, futur, future, pas commencé, programmé,
        programmée, futuro, futura, in arrivo, da iniziare, programmato, programmata""",
    "needs-attention": """
        needs attention, unpaid, overdue, past due, payment failed, impayé, impayée, en retard, paiement
        échoué, non payé, non payée, insoluto, insoluta, non pagato, non pagata, in ritardo, pagamento
        fallito""",
    "paused": """
        paused, on hold, suspended, frozen, pause, en pause, suspendu, suspendue, gelé, gelée, in pausa,
        sospeso, sospesa, congelato, congelata, held, freeze, suspension, sospensione, pausé, pausée, bloqué, bloquée,
        blocked, bloccato, bloccata""",
    "ending": """
        cancelled at period end, canceled at period end, cancels at period end, cancel at period end, ends at period
        end, cancelled at end of period, canceled at end of period, cancellation scheduled, scheduled cancellation,
        scheduled for cancellation, cancellation pending, pending cancellation, cancelling, canceling, in notice,
        notice given, not renewing, will not renew, won't renew, non renewing, ending, expiring, résilié à échéance,
        résiliée à échéance, résilié à l'échéance, résiliée à l'échéance, résiliation à l'échéance, résiliation à
        échéance, résilié en fin de période, résiliée en fin de période, annulé à l'échéance, annulée à l'échéance,
        annulé en fin de période, annulée en fin de période, résiliation programmée, résiliation en cours, résiliation
        demandée, en cours de résiliation, en résiliation, préavis, en préavis, non renouvelé, non renouvelée, non
        reconduit, non reconduite, ne renouvelle pas, sans renouvellement, disdetto a scadenza, disdetta a scadenza,
        disdetto alla scadenza, disdetta alla scadenza, annullato a fine periodo, annullata a fine periodo, disdetta in
        corso, disdetta programmata, in disdetta, in scadenza, non rinnovato, non rinnovata, non si rinnova, senza
        rinnovo""",
}

STATUSES: dict[str, Status] = {fold(word): status for status, words in _STATES.items() for word in words.split(",")}
"""Our status for each folded word that other programs and people write for it."""

_NO_END = """
    illimité, illimitée, sans fin, sans limite, indéterminé, indéterminée, durée indéterminée, à vie, aucune,
    illimitato, illimitata, senza scadenza, senza fine, indeterminato, a vita, nessuna, unlimited, endless,
    open end, open ended, no end, never, none, lifetime, forever"""
_ENDLESS = frozenset(map(fold, _NO_END.split(",")))

_CONSENTS = {
    "yes": """
        yes, y, true, 1, x, subscribed, opted in, opt in, oui, o, vrai, inscrit, inscrite, abonné, abonnée, sì, s,
        vero, iscritto, iscritta""",
    "no": """
        no, n, false, 0, unsubscribed, never subscribed, not subscribed, opted out, opt out, pending, bounced,
        cleaned, unconfirmed, non, faux, désinscrit, désinscrite, désabonné, désabonnée, falso, disiscritto,
        disiscritta, non iscritto, non iscritta""",
}
_CONSENT_OF = {fold(word): said for said, listed in _CONSENTS.items() for word in listed.split(",")}

_AND_WHEN = re.compile(r" (?:le|on|il|dal|since|depuis|from|par|by|da|until|till|jusqu|fino)( .*)?$")


def status_of(text: str) -> Status | None:
    """Return our word for a status, ``Résilié le 3 mars`` too; None for an unknown one."""
    key = fold(text)
    return STATUSES.get(key) or STATUSES.get(_AND_WHEN.sub("", key))


def is_endless(text: str) -> bool:
    """Return whether the value of an end says that there is none."""
    return not text[:1].isdigit() and fold(text) in _ENDLESS


def consent_of(text: str) -> str | None:
    """Return ``yes`` or ``no`` for a cell about consent to mailings; None for anything else."""
    return _CONSENT_OF.get(fold(text))


def interval_of(rate_name: str) -> Interval | None:
    """Parse how often a rate is billed from its name: ``Mensuel``, ``every 3 months``, ``10 weeks``.

    None when it says nothing, something that people use for two intervals (``biweekly``), or two
    different intervals: then the user has to say.
    """
    words = _words(rate_name)
    if not _UNCERTAIN.isdisjoint(words):
        return None
    numbers = [int(word) if word.isdigit() else _NUMBERS.get(word) for word in words]
    found = [_OFTEN[word] for word in words if word in _OFTEN]
    found += [
        Interval(number * _LENGTHS[word].count, _LENGTHS[word].unit)
        for number, word in zip(numbers, words[1:], strict=False)
        if number and word in _LENGTHS
    ]
    if not found and not any(numbers):
        found = [
            _LENGTHS[word]
            for before, word in zip(["", *words], words, strict=False)
            if word in _LENGTHS and (before in _EACH or words == [word])
        ]
    if len({_length(interval) for interval in found}) != 1 or found[0] in _SAID_FOR_WEEKS:
        return None
    return found[0] if found[0].count <= _MOST else None


def _words(name: str) -> list[str]:
    """Split a name into folded words and numbers, with ``half``, ``semi`` and ``bi`` put to the next word."""
    words: list[str] = []
    for word in re.findall(r"[0-9]+|[^\W\d_]+", fold(name)):
        if words and words[-1] in _PREFIXES:
            words[-1] += word
        else:
            words.append(word)
    return words


def _length(interval: Interval) -> tuple[int, str]:
    """Return an interval in days or months, so that ``1y`` and ``12m`` are the same."""
    factor, unit = {"day": (1, "day"), "week": (7, "day"), "month": (1, "month"), "year": (12, "month")}[interval.unit]
    return interval.count * factor, unit
