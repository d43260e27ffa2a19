"""Words that are names as well, so that finding one in a text does not mean that a person is meant.

Not a list of names: only of what people are called that also stands in texts at a sentence's
beginning or in a title. German writes every noun large, so its surnames of that kind count double.
"""

_WORDS = """
will mark may april june july august march bill rob pat sue art drew frank grant chase dean ray
gene guy dawn eve summer autumn winter sky page penny amber ruby pearl violet hazel olive ginger
basil heather holly ivy robin jay wren victor miles earl duke king queen prince major baker
smith cook hunter mason carter cooper taylor young long short brown white black green gray grey
stone wood woods field fields hill banks bush rivers price rich small best good love day moon
star sun sunny grace hope faith joy rose lily daisy iris melody harmony trinity charity clay
cliff dale glen forest reed heath jack jean josh ken lance max mike nick norm pete peg ram
rock rusty sandy skip stew sterling tanner trip van wade ward west north east south wolf crystal
crane bell ball bishop pope abbot archer butler chandler fisher fuller gardener gardner hall
knight law lane little marsh noble park parker porter potter power powers rush sage sharp
shepherd singer sparks speed spring swift tate tucker walker wall waters weaver webb wells
wheeler wise marina claire vera china paris london sydney florence india jordan israel georgia
virginia carolina dakota austin dallas houston chelsea brooklyn savannah asia america kenya
angel christian jesus messiah king destiny journey story poet echo ocean river rain storm snow
cherry apple peach plum clementine saffron rosemary juniper laurel willow aspen maple fern flora
fauna raven phoenix fox bear lion tiger buck colt bird birdie bunny kitty candy cookie
honey sugar pepper cash chance dash edge flash fitz gage justice legend maverick merry patience
prudence reign rebel royal temperance true verity unity wisdom
stern klein gross groß weiss weiß schwarz braun lang kurz sommer koch bauer richter könig vogel
berg stein fuchs engel ernst mai juni juli falk müller schmidt schneider fischer meyer weber
wagner becker schulz hoffmann schäfer krüger zimmermann kaiser herzog graf ritter mann frau herr
jung alt neu kraus kraft kern keller kamp busch wald baum blum blume rose wiese feld bach see
winkler vogt pfeiffer sauer süß bitter frost schnee sonne mond stamm stark schön schmal breit
franke hesse bayer böhm sachs schwab pohl horn huber jäger förster gärtner metzger kramer
krämer
pierre claire aimée blanche marguerite colombe olivier rose marin noël blanc leblanc petit grand
roux roy rey boulanger boucher charpentier fournier mercier meunier lefebvre pont fontaine
dubois deschamps beau belle bon bonne ange désirée espoir reine
paz luz sol mercedes dolores pilar cruz león mar rosa blanca ángel consuelo esperanza flor reyes
rey iglesias campo campos flores ríos rivera montes prado moreno rubio delgado bravo blanco
gioia stella luce chiara bianca rosa viola bruno franco leone rossi russo ferrari bianchi
silva souza costa pinto reis serra pedra ribeiro oliveira carvalho nunes branco
love надежда вера любовь роза лев мир слава
a an the and or but not no yes so do to of in on at by for with from as is am are be it he she
we you they i me my us our your his her him them who what why how when where this that here
there if then than all any some one two three first second last new old team group user users
guest host admin administrator facilitator moderator participant participants person people
anonymous anonym anon nobody somebody someone anyone everyone everybody none null unknown test
tester testing demo student teacher manager member owner expert visitor client customer employee
colleague doctor nurse engineer designer developer lawyer farmer driver writer artist director
president chair secretary treasurer volunteer neighbour neighbor parent mother father mum mom dad
brother sister friend boss chief lead head staff crew board council committee city town village
dr mr mrs ms miss mx prof professor sir madam madame monsieur mademoiselle señor señora signor
signora don doña dona herrn von der die das ein eine und oder ich du er sie es wir ihr nicht ja
nein den dem des im am um zu so wie was wer le la les un une et ou je tu il elle nous vous ils
elles de du des el los las una y o yo tú él ella en e ed io lui lei noi voi che di da
ai bot assistant agent claude system let user monday tuesday wednesday thursday friday saturday
sunday january february september october november december montag dienstag mittwoch donnerstag
freitag samstag sonntag januar februar märz oktober dezember
"""

COMMON = frozenset(_WORDS.split())
