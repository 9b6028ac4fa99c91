"""Words of which made-up records consist.  Nobody and nothing real is meant."""

from __future__ import annotations


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST_NAMES = _words(
    """
    Ada Akira Alice Amara Anna Bastian Beatriz Bela Carla Chen Clara Daniel David Elena Elif
    Emil Emma Farah Felix Fiona Gabriel Greta Hana Hugo Ines Ivan Jana Jonas Julia Kamil Karin
    Kofi Lars Lea Leon Lucia Maja Marco Maria Mei Mia Milan Mira Nadia Nils Nina Noah Nora Olga
    Omar Oskar Paula Pedro Petra Rafael Ravi Rosa Sami Sara Selma Sofia Stefan Tariq Tessa Theo
    Tom Vera Victor Yara Yusuf Zoe
    """
)
LAST_NAMES = _words(
    """
    Abbas Adler Almeida Bauer Becker Berg Bianchi Brandt Castro Costa Cruz Demir Dietrich Dubois
    Eder Engel Ferrari Fischer Fontaine Garcia Gruber Haas Hansen Hartmann Hoffmann Horvat Huber
    Ito Jansen Keller Khan Kim Koch Kovacs Kowalski Lang Larsen Lehmann Lopez Maier Marin Martin
    Mensah Meyer Moreau Moser Mueller Nagy Nakamura Novak Okafor Olsen Pereira Petrov Pichler
    Popescu Rossi Sandoval Santos Sato Schmidt Silva Singh Steiner Tanaka Torres Varga Vogel
    Wagner Weber Winkler Wolf Yilmaz Zimmermann
    """
)
COMPANY_NAMES = _words(
    """
    Alder Amber Apex Arbor Aurora Beacon Birch Blue Bright Cedar Cobalt Copper Coral Crescent
    Delta Echo Elm Ember Falcon Fern Flint Forest Granite Harbor Hazel Heron Horizon Indigo Iris
    Juniper Keystone Lark Lumen Maple Meadow Meridian Mistral North Oak Onyx Orchard Pine
    Pioneer Quartz Raven Ridge River Sable Sierra Silver Solar Spruce Summit Terra Tidal Vertex
    Willow Zenith
    """
)
TRADES = _words(
    """
    Analytics Architects Bakery Builders Clinics Consulting Design Electric Energy Engineering
    Farms Foods Freight Glass Health Homes Hotels Industries Insurance Interiors Labs Logistics
    Marine Media Metals Motors Networks Optics Outdoor Partners Power Print Retail Robotics
    Security Services Software Steel Studios Supply Systems Textiles Timber Tools Travel Works
    """
)
STREETS = _words(
    """
    Bridge Canal Castle Church Garden Harbour High Hill King Lake Lime Linden Market Mill New
    Orchard Park Queen Rose School Spring Station Tower Vine West
    """
)
ADJECTIVES = _words(
    """
    Annual Basic Compact Custom Double Extended First Flexible Heavy Initial Large Light Modular
    New Premium Quarterly Rapid Second Small Smart Standard Urgent
    """
)
NOUNS = _words(
    """
    Assembly Audit Battery Cable Contract Delivery Demo Frame Inspection Installation Inverter
    Licence Maintenance Meeting Module Offer Order Package Panel Pump Quote Renewal Repair
    Rollout Sensor Service Survey Training Upgrade Visit Workshop
    """
)
LEGAL_FORMS = ("GmbH", "AG", "Ltd", "Inc", "SRL", "BV", "& Sons", "Group")
PLACES = tuple(
    tuple(place.split(","))
    for place in (
        "Graz,Styria,Austria,8010,43",
        "Linz,Upper Austria,Austria,4020,43",
        "Munich,Bavaria,Germany,80331,49",
        "Hamburg,Hamburg,Germany,20095,49",
        "Leipzig,Saxony,Germany,04109,49",
        "Basel,Basel-Stadt,Switzerland,4051,41",
        "Turin,Piedmont,Italy,10121,39",
        "Bologna,Emilia-Romagna,Italy,40121,39",
        "Lyon,Auvergne-Rhône-Alpes,France,69001,33",
        "Nantes,Pays de la Loire,France,44000,33",
        "Ghent,East Flanders,Belgium,9000,32",
        "Utrecht,Utrecht,Netherlands,3511,31",
        "Aarhus,Central Jutland,Denmark,8000,45",
        "Malmö,Skåne,Sweden,21119,46",
        "Porto,Porto,Portugal,4000,351",
        "Valencia,Valencia,Spain,46001,34",
        "Kraków,Lesser Poland,Poland,30001,48",
        "Brno,South Moravia,Czechia,60200,420",
        "Ljubljana,Ljubljana,Slovenia,1000,386",
        "Leeds,Yorkshire,United Kingdom,LS1,44",
        "Austin,Texas,United States,73301,1",
        "Denver,Colorado,United States,80014,1",
        "Toronto,Ontario,Canada,M4B,1",
        "Pune,Maharashtra,India,411001,91",
        "Osaka,Osaka,Japan,530-0001,81",
    )
)
"""City, region, country, postal code and calling code."""
JOBS = (
    "Buyer",
    "Chief Executive",
    "Consultant",
    "Facility Manager",
    "Finance Director",
    "Head of Sales",
    "Managing Director",
    "Office Manager",
    "Operations Manager",
    "Owner",
    "Project Manager",
    "Sales Representative",
    "Site Engineer",
    "Technical Director",
)
SENTENCES = (
    "Wants an offer by the end of the month.",
    "Asked for references from the same industry.",
    "The decision is with the board.",
    "Prefers to be called in the morning.",
    "Has a framework contract with another supplier.",
    "Came through a recommendation.",
    "The budget is approved.",
    "Waiting for the documents of the authority.",
    "Access to the site needs to be arranged a week ahead.",
    "Interested in maintenance as well.",
)
