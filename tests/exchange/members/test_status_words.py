"""Names of rates and states in English, French and Italian."""

import pytest

from clientctl.exchange.members.status_words import interval_of, status_of


@pytest.mark.parametrize(
    ("interval", "names"),
    [
        ("1d", ["Daily", "Journalier", "Giornaliero", "Par jour"]),
        ("1w", ["Weekly", "Hebdomadaire", "Settimanale", "every week", "1 semaine"]),
        ("2w", ["Fortnightly", "Quinzaine", "Quindicinale", "every 2 weeks", "2 settimane",
                "every fortnight"]),
        ("1m", ["Mensuel", "MENSUELLE", "Mensile", "Monthly", "Tarif mensuel réduit", "par mois", "al mese",
                "per month", "/mois au mois", "Un mois", "Mois", "Yoga 60 min, mensuel"]),
        ("2m", ["Bimestriel", "Bimestrale", "tous les deux mois", "ogni 2 mesi"]),
        ("3m", ["Trimestriel", "Trimestrale", "Quarterly", "every 3 months", "3 mois", "tre mesi",
                "par trimestre"]),
        ("4m", ["Quadrimestrale"]),
        ("6m", ["Semestriel", "Semestrale", "half-yearly", "Half yearly", "semi-annual", "6 mois"]),
        ("1y", ["Annuel", "annuale", "Yearly", "ANNUAL", "1 an", "par an", "un anno", "Annuel (12 mois)"]),
        ("10w", ["10 weeks", "10 semaines", "10 settimane"]),
        ("12m", ["12 mois", "12months"]),
    ],
)  # fmt: skip
def test_the_interval_in_a_name(interval, names):
    assert {name: str(interval_of(name)) for name in names} == dict.fromkeys(names, interval)


@pytest.mark.parametrize(
    "name",
    [
        "", "Standard", "Gold", "Bimensuel", "biweekly", "bi-weekly", "Bimonthly", "Bimensile", "biannual",
        "semi-monthly", "2 fois par semaine", "twice a week", "2 cours par semaine", "every other week",
        "Mensuel 12 mois", "Annual, paid monthly", "15 jours", "8 giorni", "0 mois", "1000 years",
        "10 séances", "Mois offert", "49 €", "yoga an hour", "99999999999999999999 mois",
    ],
)  # fmt: skip
def test_what_is_not_certain_is_not_read(name):
    assert interval_of(name) is None


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("active", ["Actif", "ACTIVE", "attivo", "en cours", "à jour"]),
        ("cancelled", ["Annulé", "annulee", "Résilié", "cancelled", "Canceled", "terminated", "Annullato",
                       "disdetto", "Résilié le 03/02/2026", "Cancelled by Ana", "annullato dal 1.2.2026"]),
        ("expired", ["Expiré", "échu", "Terminé", "expired", "ended", "scaduto"]),
        ("upcoming", ["À venir", "upcoming", "futuro", "Not started"]),
        ("paused", ["En pause", "suspendu", "Paused", "on hold", "sospeso"]),
        ("needs-attention", ["Impayé", "unpaid", "Past due", "non pagato", "Needs attention",
                             "Paiement échoué", "Pagamento fallito"]),
        (None, ["", "?", "VIP", "oui", "non annulé", "le"]),
    ],
)  # fmt: skip
def test_states(status, words):
    assert {word: status_of(word) for word in words} == dict.fromkeys(words, status)
