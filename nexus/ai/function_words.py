"""
Words that hold a sentence together and say nothing of what it is about.

Articles, pronouns, prepositions, conjunctions, auxiliaries, and the verbs of saying that reports are full of, written
down for the languages that we meet most. In another language short and very frequent words stand for them.
"""

ENGLISH = """
a about above after again against all almost along already also although always am among an and another any anyone
anything are around as ask asked at away be became because become been before began behind being below best better
between both but by came can cannot come could day days did do does doing done down during each either else end enough
even ever every everyone everything few first for found four from full gave get gets give given go goes going gone
good got great had has have having he her here hers him himself his how however i if in instead into is it its itself
just keep kept knew know known last later least left less let like likely little long look made make makes making many
may me might mine more most much must my near need needs neither never next no nobody none nor not nothing now of off
often old on once one only onto or other others our ours out over own part people perhaps put quite rather read really
said same saw say says second see seem seemed seen several shall she should show since small so some something soon
still such take taken takes tell ten than that the their theirs them themselves then there therefore these they thing
things third this those though three through thus time times to today together told too took toward towards two under
until up upon us use used uses using usually very want wants was way we well went were what when where whether which
while who whole whom whose why will with within without would year years yes yet you your yours
"""

GERMAN = """
aber alle allem allen aller alles als also am an andere anderen andern anderes auch auf aus bei beide beiden beim
bereits bin bis bisher da dabei dadurch dafür dagegen daher damit danach dann daran darauf darin darüber darum das
dass davon dazu dein dem den denen denn der deren des deshalb dessen die dies diese diesem diesen dieser dieses doch
dort du durch ein eine einem einen einer eines einige einigen er erst es etwa etwas euch euer für gab ganz gar gegen
gehabt genau gern gewesen gibt ging gut habe haben hat hatte hatten hätte hätten her heute hier hin hinter ich ihm ihn
ihnen ihr ihre ihrem ihren ihrer im immer in indem ins irgend ist ja jede jedem jeden jeder jedes jedoch jetzt kann
kein keine keinen können könnte konnte lang laut machen machte mal man manche mehr mein mich mir mit mittlerweile muss
müssen musste nach nachdem nächste neben nein nicht nichts noch nun nur ob oben obwohl oder oft ohne sagt sagte sehr
sei sein seine seinem seinen seiner seit selbst sich sie sind so sogar solche soll sollen sollte sondern sonst soweit
sowie stets tag tage über um und uns unser unter viel viele vielen vom von vor war wären ward waren warum was weder
weil weiter welche welcher wenig wenn wer werden wie wieder will wir wird wo wurde wurden würde würden zu zum zur zwar
zwei zwischen jahr jahre jahren dr mio ca
"""

FRENCH = """
à afin ai ainsi alors après assez au aucun aujourd aura aurait aussi autre autres aux avaient avait avant avec avoir
beaucoup bien car ce ceci cela celle celles celui cependant ces cet cette ceux chaque chez ci comme comment contre
dans de début dehors déjà depuis des dès dessous deux devant dire dit doit doivent donc dont du elle elles en encore
entre est et étaient était étant été être eu eux fait faire fois font hors ici il ils jamais je jour jours jusqu
jusque la là laquelle le lequel les leur leurs lors lorsque lui ma maintenant mais mal me même mêmes mes mieux moi
moins mon ne ni non nos notre nous nouveau on ont ou où par parce pas pendant peu peut peuvent plus plusieurs plutôt
pour pourquoi pouvait presque puis qu quand que quel quelle quelles quelque quelques quels qui quoi sa sans se selon
sera serait ses seulement si sien soit son sont sous souvent sur ta tandis tant te tel telle tes toi ton toujours tous
tout toute toutes très trois trop tu un une va vers voici voilà vos votre vous vu an ans année années
"""

SPANISH = """
a además ahora al algo alguien alguna algunas alguno algunos allí ante antes anunció año años aquel aquella aquello
aquí así aun aún aunque bajo bien cabe cada casi como con contra cual cuales cualquier cuando cuanto cuya cuyo da de
debe deben debido del desde después día días dice dicho dijo donde dos durante e el él ella ellas ellos embargo en
entonces entre era eran eres es esa esas ese eso esos esta está estaba estaban estado están estar este esto estos fue
fueron fui gran ha haber había habían hace hacen hacer hacia han hasta hay he hizo hoy incluso la las le les lo los
luego más mas me mediante menos mi mientras misma mismo mucha mucho muchos muy nada nadie ni ningún ninguna no nos
nosotros nuestra nuestro nunca o os otra otras otro otros para pero poca poco pocos podrá podría por porque primera
primero puede pueden pues que qué quien quién sea según ser será serán si sí sido siempre sin sino sobre sólo solo son
su sus tal también tampoco tan tanto te tendrá tenía tiene tienen toda todas todavía todo todos tras tres tu tus un
una unas uno unos usted va van varias varios ya yo sr sra dr
"""

ITALIAN = """
a abbiamo ad agli ai al alcuni alla alle allo ancora anche anni anno aveva avere bene c che chi ci ciò come con contro
cosa così cui da dagli dai dal dalla dalle de degli dei del della delle dello dentro di dopo dove due e è ed era erano
essere fa fare fatto fino fra gli già giorno giorni ha hanno ho i il in io l la le lei li lo loro lui ma mai me mentre
mi molto ne negli nei nel nella nelle nello no noi non nostro o ogni oggi oltre ora perché per però più poco poi prima
può qualche quale quando quanto quella quelle quelli quello questa queste questi questo qui quindi sarà se sei sempre
senza si sia siamo solo sono sopra sotto sta stata stati stato su sua sue sugli sul sulla sulle suo suoi tra tre
troppo tu tutta tutte tutti tutto un una uno va verso vi voi
"""

PORTUGUESE = """
a agora ainda além alguns ano anos antes ao aos apenas aquela aquele aqui as assim até bem cada com como contra da das
de depois desde dessa desse desta deste dia dias disse do dois dos durante e é ela elas ele eles em enquanto entre era
eram essa esse esta está estão estar estas este estes eu foi foram há isso isto já lhe mais mas me mesmo meu minha
muito muitos na nada não nas nem nenhum no nos nós nossa nosso num numa o onde os ou outra outras outro outros para
pela pelas pelo pelos pode podem por porque pouco qual quando que quem são se seja sem sempre ser será seu seus só sob
sobre sua suas também tão tem têm ter teve tinha toda todas todo todos três tudo um uma umas uns vai você
"""

DUTCH = """
aan al alle alleen als altijd ander andere ben bij daar dan dat de der deze die dit doch doen door drie dus een één
eens en er gaan ge geen geweest haar had hadden heb hebben heeft heel hem het hier hij hoe hun iemand iets ik in is ja
jaar jaren je kan kon kunnen maar me meer men met mij mijn moet na naar niet niets nog nu of om omdat onder ons ook op
over reeds te tegen toch toen tot twee u uit uw van veel voor want waren was wat we wel werd wezen wie wij wil worden
wordt zal ze zei zelf zich zij zijn zo zonder zou
"""

_LISTS = {
    "en": ENGLISH,
    "de": GERMAN,
    "fr": FRENCH,
    "es": SPANISH,
    "it": ITALIAN,
    "pt": PORTUGUESE,
    "nl": DUTCH,
}
FUNCTION_WORDS = {language: frozenset(words.split()) for language, words in _LISTS.items()}

# Chinese: what stands between the words; a string that begins or ends with one of these is not a word of its own.
PARTICLES = frozenset(
    "的了在是和有为将从把被与及也都而之其这那个们我你他她它就以到对说要会着等地得所并或还很不上下中里年月日"
)
