"""Whom and what everybody knows: nothing that is made up may be called like one of them."""

WELL_KNOWN = frozenset(
    name.strip().lower()
    for name in """
    Abbott Laboratories, Accenture, Ace Hardware, Adobe, Adidas, Aetna, Airbnb, Alcoa, Aldi,
    Allstate, Alphabet, Amazon, American Express, Amgen, Apple, AstraZeneca, Atlassian, Autodesk,
    Bain Capital, Baker McKenzie, Bank of America, Barnes & Noble, Bayer, Berkshire Hathaway,
    Best Buy, Black & Decker, BlackRock, Boeing, Booz Allen Hamilton, Bosch, Bridgestone, Brother,
    Burberry, Canon, Cardinal Health, Cargill, Caterpillar, CBRE, Century 21, Chevron, Cigna,
    Cisco, Citigroup, Clifford Chance, Coca-Cola, Coldwell Banker, Comcast, Compass Group,
    Costco, CVS Health, Dell, Deloitte, Disney, DLA Piper, Dow Chemical, Duke Energy, DuPont,
    Eastman Kodak, eBay, Eli Lilly, Emerson Electric, Epson, Ernst & Young, ExxonMobil, Facebook,
    FedEx, Ferrari, Fidelity, Ford Motor Company, Franklin Templeton, Fujitsu, Gannett, General
    Electric, General Motors, Gibson Dunn, GitHub, Goldman Sachs, Goodwill Industries, Google,
    Habitat for Humanity, HCA Healthcare, Hewlett-Packard, Hilton, Holiday Inn, Home Depot, Honda,
    Honeywell, Humana, IBM, Ikea, Intel, J. Crew, John Deere, Johnson & Johnson, Johnson Controls,
    Jones Day, JPMorgan Chase, Kaiser Permanente, Keller Williams, Kirkland & Ellis, Konica
    Minolta, KPMG, Kraft Heinz, Kroger, Kyocera, Latham & Watkins, Lexmark, Lockheed Martin,
    Lowe's, Macy's, Marriott, Mayo Clinic, McDonald's, McKesson, McKinsey & Company, Mercer,
    Merck, Merrill Lynch, Meta, MetLife, Microsoft, Morgan Stanley, Nestle, Netflix, Nike, Nokia,
    Nordstrom, Northrop Grumman, Novartis, Office Depot, Oracle, Palmer College, Panasonic,
    PepsiCo, Pfizer, Philips, Pitney Bowes, Pottery Barn, PricewaterhouseCoopers, Procter &
    Gamble, Prudential, Rand Corporation, RE/MAX, Red Cross, Ricoh, Salesforce, Salvation Army,
    Samsung, SAP, Sears, Sharp, Shell, Siemens, Sidley Austin, Silver Lake Partners, Skadden,
    Sony, Spotify, Staples, Starbucks, State Farm, Stanley Black & Decker, Stripe, Subway, Target,
    Tesla, Texas Instruments, The Home Depot, Thermo Fisher Scientific, T-Mobile, Toshiba, Toyota,
    Twitter, Uber, Unilever, United Healthcare, United Way, UPS, Verizon, Visa, Walgreens,
    Walmart, Wayfair, Wells Fargo, West Elm, Westinghouse, Westfield, Westlake Chemical,
    Weyerhaeuser, White & Case, Whole Foods, Williams-Sonoma, Winston & Strawn, Xerox, Zillow,
    Zurich Insurance
    """.replace("\n", " ").split(",")
)

PEOPLE = frozenset(
    " ".join(name.split())
    for name in """
    Adam Levine, Adam Smith, Amir Khan, Amy Tan, Ana Navarro, Anil Kapoor, Arjun Kapoor,
    Bruce Lee, Bruce Wayne, Carlos Santana, Cesar Chavez, Charlotte Bronte, David Lynch, Diana
    Ross, Diego Luna, Diego Rivera, Dolores Huerta, Edgar Allan Poe, Ella Fitzgerald, Emily
    Dickinson, Emma Stone, Emma Watson, Frank Sinatra, George Bush, George Clooney, George Lopez,
    George Soros, Grace Kelly, Helen Hayes, Helen Keller, Henry Ford, Hugo Chavez, Isaac Hayes,
    Isaac Newton, James Bond, James Dean, Jane Austen, Jane Lynch, Jennifer Lopez, Joan Rivers,
    John Kennedy, John Lennon, Joseph McCarthy, Julia Roberts, Kelly Lynch, Kevin McCarthy, Leo
    Tolstoy, Mario Lopez, Martin Luther King, Megan Fox, Melissa McCarthy, Michael Jackson,
    Michael Jordan, Naomi Klein, Naomi Watts, Nelson Mandela, Oliver Stone, Patrick Quinn, Paul
    Newman, Paul Simon, Peter Lynch, Rahul Gandhi, Raj Kapoor, Robert De Niro, Robert Palmer,
    Rosa Parks, Rosa Salazar, Samuel Beckett, Sandra Bullock, Sanjay Gandhi, Sanjay Gupta, Sean
    Connery, Sean Hayes, Sharon Tate, Simon Beckett, Sonia Gandhi, Sonia Sanchez, Sonia
    Sotomayor, Stephen Crane, Stephen King, Tina Turner, Tony Blair, Vera Wang, William Blake
    """.replace("\n", " ").split(",")
)
