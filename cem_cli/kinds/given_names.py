"""Common given names of Italy and its neighbours, lower case: enough to recognise a column of given names."""

from __future__ import annotations

_ITALIAN = """
adele adriana adriano agata agnese alba alberto aldo alessandra alessandro alessia alessio alice alida amedeo andrea
angela angelica angelo anna annalisa annamaria annarita antonella antonello antonia antonietta antonino antonio arianna
armando arturo asia assunta aurora barbara beatrice benedetta benedetto bianca bruna bruno camilla carla carlo carmela
carmelo carmine carolina caterina cecilia celeste cesare chiara cinzia clara claudia claudio concetta corrado cosimo
cristian cristiana cristiano cristina damiano daniela daniele danilo dario davide debora denise diana diego dino domenica
domenico donatella donato edoardo elena eleonora elia elio elisa elisabetta emanuela emanuele emilia emilio emma enrica
enrico enzo erica erika ernesto ettore eugenio eva fabiana fabio fabiola fabrizio federica federico felice ferdinando
fernando filippo filomena fiorella flavia flavio franca francesca francesco franco gabriele gabriella gaetano gaia
gennaro giacomo giada gianfranco gianluca gianluigi gianmarco gianni gianpaolo gilda gino gioia giorgia giorgio giovanna
giovanni giulia giuliana giuliano giulio giuseppe giuseppina giusy grazia graziella greta guido ida ignazio ilaria
immacolata irene isabella iolanda ivan ivano jacopo katia lara laura lea leonardo letizia lia lidia liliana linda lino
lisa livia livio loredana lorena lorenza lorenzo loretta luca lucia luciana luciano lucio lucrezia ludovica luigi luigia
luisa maddalena manuel manuela mara marcella marcello marco margherita maria mariangela marianna marika marina mario
marisa marta martina massimiliano massimo matilde matteo mattia maura mauro maurizio melissa mia michela michele
mila milena mirco mirella miriam moira monica morena nadia natale natalia nazzareno nello nicola nicole nicoletta nicolo
nicolò nina nino noemi nunzia nunzio olga omar orazio ornella oscar ottavia ottavio pamela paola paolo pasquale patrizia
patrizio piera pierluigi piero pietro pina pino raffaele raffaella raimondo rebecca remo renata renato renzo riccardo
rita roberta roberto rocco romano romina rosa rosalia rosanna rosaria rosario rossana rossella ruggero sabina sabrina
salvatore samuel samuele sandra sandro santo sara saverio sebastiano serena sergio silvana silvano silvia silvio simona
simone sofia sonia stefania stefano susanna tania tatiana teresa tiziana tiziano tommaso tonino ugo umberto valentina
valentino valeria valerio vanessa vera veronica vincenza vincenzo viola virginia vito vittoria vittorio viviana walter
"""
_ENGLISH = """
aaron abigail adam aidan alan albert alex alexander alexandra alexis alfie alfred alison alyssa amanda amber amelia amy
andrew angela ann anne anthony archie arlo arthur ashley ava barbara benjamin bella beth bethany betty brandon brenda brian
callum cameron carol caroline carolyn catherine charles charlie charlotte cheryl chloe christian christine christopher
connor craig cynthia daisy daniel david deborah debra dennis diane donald donna dorothy douglas dylan edward eleanor
elijah elizabeth ella ellie emily emma eric erin ethan evelyn evie faith finley florence frances frank fred freddie frederick
freya gary george gerald grace graham hannah harold harriet harrison harry harvey heather heidi helen henry holly hugh ian
imogen isaac isabel isabella isabelle isla jack jackson jacob jacqueline jake james jamie janet janice jason jasmine jayden
jean jeffrey jennifer jeremy jessica jesse joan joe john jonathan jordan joseph joshua joyce judith julia julie justin
karen katherine kathleen keith kelly kenneth kevin kimberly kyle larry laura lauren leah lee leo lewis liam lily linda lisa
logan lola louis louise lucas lucy luke lydia madison margaret maria marie mark martha martin mary mason matilda matthew
max megan melissa mia michael michelle millie mohammed molly muhammad nancy natalie nathan nicholas nicole niamh noah nora
oliver olivia oscar owen pamela patricia patrick paul peter philip phoebe poppy rachel ralph raymond rebecca reuben rhys
richard riley robert roger ronald rory rose roy ruby russell ruth ryan samantha samuel sandra sarah scarlett scott sean
sebastian sharon shirley sienna simon sophia sophie stephanie stephen steven stanley stuart summer susan tamara taylor teddy
teresa theo theodore thomas timothy toby tyler victoria violet virginia walter wayne wendy william willow zachary zara zoe
"""
_OTHER = """
achim adrien agnieszka alain albrecht aleksander alejandro alfonso alfredo alvaro ana andreas andrei andrzej anja anke
antoine antje arnaud aurelie axel beata beatriz bernard bernd bertrand birgit bjorn bogdan camille carlos carmen celine
christelle christoph christophe claude clemens concepcion consuelo corinne cornelia dagmar damien delphine didier dieter
dietmar dolores dominique eduardo elena elke emmanuel enrique esperanza esteban etienne eva ewa fabienne felipe
fernanda florian francisco francois francoise franz friedrich gabriela gerard gerhard gilles gisela gloria gonzalo grzegorz
guillaume guillermo gunter gunther hans hans-peter heike heinrich heinz helga helmut herbert hermann hubert ignacio ines
ingrid isabel ivan jacek jacques javier jean jean-claude jean-pierre jerome jesus joachim joao joaquin johann johannes
jorge jose josefa juan juana julien jurgen karin karl karl-heinz katarzyna katrin klaus krzysztof kurt lars laurent lucie lucien ludwig
luis magdalena malgorzata manfred manuel marcel maria-jose mariana marie-claire marina markus marta martine mathieu matthias
maurice mehmet mercedes michal miguel mireille mohamed monika monique nathalie nicolas nikolai nuria oleksandr olivier ottmar
pablo pascal paulo pedro petra philippe pierre pilar piotr rafael rainer raquel raul regine reinhard renate ricardo rocio rolf
sabine sandrine santiago sergei solange stefan stephane susanne svetlana sylvie tatjana thierry tomasz torsten ulrich
ursula ute uwe valerie veronique vicente volker werner wilhelm wolfgang xavier yasmina yves yvonne
"""

GIVEN_NAMES: frozenset[str] = frozenset((_ITALIAN + _ENGLISH + _OTHER).split())
"""Lower case, accents mostly off. Not a dictionary: a column is recognised when many of its values are here."""
