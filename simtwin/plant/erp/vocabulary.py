"""This module holds the words that exported lists use for their columns."""

from __future__ import annotations

_NUMBER = "nr, no, nummer, number, num, id, code"

WORDS: dict[str, str] = {
    "part": """
        artikel, teile, teil, material, produkt, erzeugnis, werkstück, sach, part, item,
        product, sku, matnr, mat nr, art nr, art no, ident nr, identnummer, bauteil,
        zeichnung, drawing, stock code, internal reference, bill of materials, bom,
        source, routing
    """,
    "operation": """
        avo, arbeitsgang, arbeitsvorgang, vorgang, vorgangs, agang, ag, afo, op, opr,
        operation, op seq, operation seq, operation sequence, vornr, routing step, step,
        seq, sequence, avo folge, folge, arbeitsfolge, vorg, oper, schritt, pos,
        position
    """,
    "text": """
        avo text, avo bezeichnung, arbeitsgangtext, arbeitsgangbezeichnung, ag text, ag
        bezeichnung, kurztext vorgang, vorgang kurztext, vorgang bezeichnung,
        vorgangstext, vorgangsbezeichnung, vorgangsbeschreibung, ltxa1, kurztext,
        operation name, operation text, operation description, op text, op name, op
        description, op desc, step name, description of operation
    """,
    "machine": """
        maschinen, maschine, arbeitsplatz, arbeitsplätze, arbpl, apl, anlage, anlagen,
        ressource, ressourcen, machine, machines, work center, work centre, workcenter,
        workcentre, work station, workstation, wc, resource, station, equipment,
        maschinengruppe, arbeitsplatzgruppe, maschine gruppe, maschine oder gruppe,
        maschine maschinengruppe, arbeitsplatz gruppe, maschine arbeitsplatz, machine
        group, machine or group, machine work center, work center machine, work center
        group, kapazitätsgruppe, kapazitätsplatz, kapazitätsstelle, kapazitätseinheit,
        kapazität, kap gruppe, arb platz, masch, mach, machine center, machine centre,
        fertigungsplatz, produktionsplatz, betriebsmittel, platz, gruppe, group,
        kostenstelle, kst, cost center, cost centre
    """,
    "setup": """
        rüstzeit, rüsten, rüst, tr, umrüstzeit, umrüsten, rüstdauer, einrichtzeit,
        einrichtezeit, einrichten, vorbereitungszeit, make ready, setup, set up, setup
        time, set up time, change over, change over time, soll rüstzeit, rüstzeit soll,
        vgw01, rüstzeit tr, tr rüstzeit
    """,
    "run": """
        stückzeit, zeit je stück, zeit pro stück, zeit stück, stückzeit te, te, te
        stückzeit, einzelzeit, bearbeitungszeit, fertigungszeit, laufzeit,
        maschinenzeit, hauptzeit, zykluszeit, taktzeit, vorgabezeit, vgw02, run, run
        time, runtime, cycle, cycle time, cycletime, unit time, time per piece, time per
        part, time per unit, processing time, proc time, process time, machining time,
        machine time, run time per piece, duration, run per piece, minutes per piece,
        minutes per part, min per piece, min per part, min piece, min pc, min je stück,
        minuten je stück, min stück, min stk, je stück, pro stück, je stk, per piece,
        per part, bearbeiten, bearbeitung, bearb zeit, bearb, stückmin, stückminuten,
        stück zeit, maschinenz, masch zeit, pro teil, je teil, bearbeitungsdauer,
        prozesszeit, soll stückzeit, stückzeit soll, default duration, duration per
        unit, time, zeit, dauer, stück, stk, piece, leistung, stundenleistung,
        mengenleistung, ausbringung, output, rate, run rate, production rate
    """,
    "setup_unit": """
        vge01
    """,
    "run_unit": """
        vge02
    """,
    "base": """
        basismenge, bezugsmenge, mengenbasis, bsmg, basis mg, bmsch, base quantity, base
        qty, time basis qty
    """,
    "order": """
        auftrags, auftrag, fertigungsauftrag, fertigungsauftrags, betriebsauftrag, fa,
        ba, aufnr, order, production order, prod order, work order, wo, job, mo,
        manufacturing order, sales order, purchase order, po, kundenauftrag, auftr,
        bestell, bestellung, best nr, best no, beleg, reference, referenz, los, lot,
        nummer, nr, no
    """,
    "position": """
        pos, position, auftragsposition, order line, line, order position
    """,
    "quantity": """
        restmenge, offene menge, open qty, open quantity, remaining qty, remaining
        quantity, auftragsmenge, sollmenge, bestellmenge, fertigungsmenge, losmenge,
        produktionsmenge, bedarfsmenge, planmenge, menge, gesamtmenge, menge gesamt,
        losgröße, stückzahl, anzahl, stück, stk, gamng, gmnge, gmnge me,
        gesamtauftragsmenge, order qty, order quantity, ordered qty, qty ordered,
        planned qty, qty to produce, quantity to produce, qty released, released qty,
        required qty, qty required, qty reqd, req qty, run qty, run quantity, total qty,
        quantity, qty, lot size, pieces, pcs, amount, count
    """,
    "due": """
        liefertermin, lieferdatum, wunschtermin, fertigstellungstermin, endtermin,
        eckendtermin, soll ende, endedatum, enddatum, ende, fällig, fällig am,
        fälligkeit, bedarfstermin, bedarfsdatum, kundentermin, wunschlieferdatum,
        wunschliefertermin, solltermin, soll termin, ende soll, eckende, fertig bis,
        bis, termin, gltrp, due date, due, delivery date, delivery, need date, need by,
        need by date, required date, promise date, ship date, finish date, end date,
        deadline, dispatch date, completion date, planned end, scheduled end, basic
        finish date, basic fin date, basic finish, bas fin date, bas finish, finish,
        req date, required by, ecktermin, fertigstellung, fertigstellungsdatum,
        versandtermin, versanddatum, lief datum, lief termin
    """,
    "release": """
        freigabetermin, freigabedatum, freigabe, starttermin, startdatum,
        eckstarttermin, soll start, frühester start, beginn, start, gstrp, material
        verfügbar, verfügbar ab, release date, release, released, start date, earliest
        start, planned start, scheduled start, starting date, start soll, eckstart,
        basic start date, available from, material available
    """,
    "priority": """
        prio, priorität, priority, dringlichkeit, rang, rank
    """,
    "weight": """
        gewichtung, weight, order weight, weighting
    """,
    "group": """
        maschinengruppe, gruppe, machine group, group, pool
    """,
    "count": """
        anzahl, stück, count, qty, quantity, number of machines
    """,
}
"""Meaning -> what a heading says for it, the more telling first."""

ENDINGS = dict.fromkeys(("part", "operation", "machine", "order", "position"), _NUMBER)
"""Meaning -> what may follow those words, as in ``Artikelnummer``; the surer for it."""

UNITS = {
    **dict.fromkeys(("s", "sec", "secs", "sek", "second", "seconds", "sekunde"), "s"),
    **dict.fromkeys(("sekunden",), "s"),
    **dict.fromkeys(("min", "mins", "minute", "minutes", "minuten"), "min"),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours", "hur", "std", "stdn"), "h"),
    **dict.fromkeys(("stunde", "stunden"), "h"),
    **dict.fromkeys(("hh:mm", "h:mm", "hh:mm:ss", "h:mm:ss"), "hh:mm"),
    **dict.fromkeys(("mm:ss", "m:ss"), "mm:ss"),
}
"""How lists write units of time, folded -> what is meant."""

UNIT_WORDS = frozenset(
    ("einheit", "einheiten", "einh", "eh", "me", "meh", "ze", "unit", "units", "un", "uom")
) | {"um", "vge", "zeiteinheit", "zeiteinh", "zeiteh", "masseinheit", "mengeneinheit",
     "timeunit", "timeunits", "timeuom", "unitoftime", "unitofmeasure", "unitofmeas",
     "unitofmeascode", "mezeit", "zeitme", "basiseinheit",
     "baseunit", "dimension", "dim"}  # fmt: skip
"""Words of columns that hold units, folded and run together."""

RATES = frozenset(
    ("leistung", "stundenleistung", "mengenleistung", "ausbringung", "output", "rate")
) | {"runrate", "productionrate"}
"""Words of a run time only where the heading is a rate, as ``Leistung [Stk/h]``."""

PIECES = frozenset(
    ("stk", "stck", "stuck", "st", "pc", "pcs", "piece", "pieces", "part", "parts", "teil")
) | {"teile", "unit", "units", "ea", "each", "einheit", "einheiten", "item", "items", "menge",
     "qty", "quantity", "stuckzahl", "anzahl"}  # fmt: skip
"""How lists write pieces in a measure, folded."""

LOTS = frozenset(("los", "lot", "lots", "auftrag", "order", "batch", "charge", "setup"))
"""How lists write a whole lot in a measure, folded."""

NUMBERS = {
    **dict.fromkeys(("hundert", "hundred"), 100.0),
    **dict.fromkeys(("tausend", "thousand", "tsd", "k"), 1000.0),
}
"""Numbers in words, folded."""
