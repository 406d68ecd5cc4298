"""Common given names of Europe, Turkey, the Arab countries, India and Japan, lower case: enough to recognise a column of given names."""

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

_FURTHER = """
adriaan anouk arjan bart bram cees daan dirk eline esmee femke fleur frits gerrit geert gijs hans henk hendrik ilse inge jaap jan jasper
jelle jeroen johan joost jurgen kees klaas koen lars lieke lotte maaike maarten marieke marijke marloes mieke niels noor piet pieter rik
roel
ruben ruud sander sanne sjoerd sophie stijn teun thijs tess tim tjeerd wessel willem wim wouter yara
agneta anders anna-karin annika astrid bengt birgitta bjorn britt camilla elin emil erik fredrik goran gosta gunilla gunnar gustav hakan
hanna hannes hugo ingemar ingvar jens jesper johanna jonas karin kerstin kjell lennart leif lena linnea magnus maj malin marcus mats mikael
monika ola olof oskar patrik per pernilla rolf sofie stig sven thomas tobias tommy torbjorn ulf ulla ulrika viktor
anette arne aslaug atle bente berit egil eirik einar espen frode geir grethe guri haakon hege helge hilde ida inger jorunn jostein kare kari
kirsten kjersti knut kristian kristin lise marit mette morten nils oystein ragnhild randi rune sigrid silje siri solveig stein svein
tone torill trine trond turid vidar wenche oyvind anne-marie bodil carsten dorthe finn flemming gitte hanne henning henrik jette jorgen
karsten kim kurt lene lone mads mogens ole pia poul preben rasmus soren steen svend susanne torben ulrik vibeke
aino antero antti eero eeva elina hannu heikki helena ilkka jaakko janne jari johannes juha juhani jukka kaarina kalle kari kirsi lauri
leena maija marjatta markku matti mikko olavi outi paivi pekka petri pirjo pirkko riitta risto sami sari satu seppo tapani tapio tarja terhi
timo tuomas tuula ulla veikko ville
adam agata aleksandra alicja aneta artur barbara bartosz bartlomiej beata bozena czeslaw damian dariusz dawid dorota dominik edyta elzbieta
eugeniusz filip franciszek genowefa grazyna halina hanna henryk irena iwona jadwiga jakub janusz jaroslaw jerzy joanna jolanta jozef julia
justyna kacper kamil kamila karol karolina kazimierz kinga krystyna leszek lucyna lukasz maciej malgorzata marcin marek mariusz mateusz
mieczyslaw miroslaw patryk pawel piotr przemyslaw radoslaw rafal ryszard sebastian slawomir stanislaw stefania sylwia szymon tadeusz teresa
tomasz urszula waldemar wanda weronika wieslaw wieslawa wiktoria wlodzimierz wojciech zbigniew zdzislaw zofia zuzanna zygmunt
alena alzbeta bohumil dagmar eliska frantisek hana ivana jana jarmila jaromir jaroslav jiri jitka josef kamila karel katerina kveta lenka
libor libuse lubomir ludmila lukas marcela marketa michal milan milos miloslav miroslav monika ondrej pavel pavla radek radim roman
stanislav
stepan tereza vaclav vera veronika vit vladimir vlasta vojtech zdenek zdenka zuzana juraj jozef katarina lubica matej peter stefan tomas
aleksandar ante bojan boris borislav branka branko dejan dragan dragana dusan goran gordana hrvoje ivica jasmina jelena jovan ljiljana
ljubica marija marijana matija mirjana mladen natasa nebojsa nenad nevena nikola petar predrag sanja sasa sinisa slavica slobodan
snezana srdjan stjepan tihomir tomislav vesna vladan zeljko zoran zvonimir alenka andrej bostjan gregor jernej joze marjan mojca nejc primoz
spela tadej urska ziga balazs andras aniko attila balint bela csaba denes dora eszter erzsebet ferenc gabor geza gyorgy gyula ildiko imre
istvan janos jozsef judit kalman karoly katalin krisztina laszlo lajos levente margit marta miklos norbert orsolya peter piroska reka
sandor szilvia tamas tibor zoltan zsofia zsolt zsuzsanna
adrian alexandru alin ana-maria andreea anca angela bogdan calin catalin cosmin constantin corina cristian cristina daniela dan doina dorin
dumitru elena eugen florin gabriela george gheorghe horia ileana ilie ion ionel ionut ioana irina iulia laurentiu liviu lucian marcel
marian mihaela mihai mircea monica nicoleta octavian oana ovidiu petru radu raluca razvan roxana sorin simona stefan steliana traian
valentin
vasile victor viorel viorica atanas asen boyan desislava dimitar elitsa galina georgi gergana hristo iliya ivaylo kalina kiril krasimir
lyubomir mariya nikolay petya plamen radka rumen silviya stoyan tsvetan valentina vasil yordan zhivko
aikaterini alexandros anastasia anastasios andreas angeliki antonios apostolos argyro athanasios charalampos christina christos dimitra
dimitrios dimitris efstathios eirini eleftheria eleni evangelia evangelos georgia georgios giannis giorgos grigorios ioannis katerina
konstantina
konstantinos kostas kyriaki maria michail nikolaos nikos panagiota panagiotis paraskevi petros spyridon spyros stavros stella stylianos
theodoros vasiliki vasileios vasilis zoi
abdullah adem ahmet ali arzu aylin ayse aysegul baris bayram berk betul bilal bulent burak busra cansu cem cemal cengiz deniz derya
didem
dilek ebru elif emel emin emine emrah emre engin ercan erdal erdem erkan erol ersin esra fadime faruk fatih fatma ferhat filiz furkan gamze
gokhan gonul gulay gulsen gulsum hakan halil halime hamza hanife harun hasan hatice havva huseyin hulya ibrahim ilhan ismail kadir kemal
kenan leyla mahmut mehmet melek meltem mert merve meryem metin muhammet murat musa mustafa muzaffer nazli nermin neslihan nihat nuray nurcan
oguz onur orhan osman ozan ozge ozgur ozlem ramazan recep saliha salih sedat selim selin serap serdar serife serkan sevda sevgi sibel sinan
suleyman sule songul tolga tugba tuncay turgut ufuk ugur umit yakup yasar yasemin yasin yavuz yilmaz yusuf zehra zeki zeliha zeynep
abdel abdelaziz abdelkader abdul abdulaziz abdulrahman adel ahmad ahmed aicha aisha akram amal amina amine amir amira anas anwar asma aya
ayman
aziz bilal dalia farid faisal fahad farah fatima fatiha habib hadi halima hamid hamza hana hanan hani hasna hassan hatem hicham houda huda
hussein ibrahim imad ismael jamal jamila kamal karim karima khadija khaled khalid khalil lamia latifa layla leila loubna mahmoud majid
malika marwa maryam mohamed mohammad mona mounir mustapha nabil nadia naima najat nasser nawal noura nour omar rachid rachida rania
rashid reda
riad saad sabah saida saleh salem salma samir samira sana sara sarah selma sofiane souad tarek tariq wafa waleed walid yasmin
yassine
younes youssef yusuf zainab zahra zineb
aarav abhishek aditi aditya ajay ajit akash alok amit amitabh amrita anand ananya anil anita anjali ankit ankita anuradha anupam aparna
archana
arjun arun aruna arvind asha ashok ashwin bharat bhavna chandra deepa deepak deepika devi dilip dinesh divya ganesh gaurav gayatri geeta
girish
gita gopal govind gurpreet hari harish harpreet hema hemant indira ishaan jagdish jaya jayant jyoti kamala kamlesh kapil karan kavita
kiran kishore
krishna kumar lakshmi lalita lata madhu mahesh mala manish manju manoj meena meera mohan mukesh nandini naresh narendra naveen neelam
neeraj neha
nikhil nilesh nisha nitin padma pankaj parvati pooja prabha pradeep prakash pramod prasad prashant praveen preeti priya priyanka puja
radha rahul raj
rajan rajani rajendra rajesh rajiv rakesh ram rama ramesh rani ranjit rashmi ravi reena rekha renu reshma rohan rohit sachin sandeep
sandhya sangeeta
sanjay sanjeev santosh sarita satish savita seema shanti sharad shashi shilpa shiv shivani shobha shweta sita smita sneha sonal sudha sudhir
sujata suman sumit sunil sunita suresh surinder sushil sushma swati uma umesh usha varun vasant venkat venkatesh vidya vijay vijaya vikas
vikram
vimal vinay vineet vinod vishal vivek yogesh
aleksei aleksandra aleksandr aleksey alexei alexey alina alla anastasiia anastasiya anatoli anatoliy andrey andrii anton arkadi artem
arthur bogdana
boris daria darya denis dmitri dmitriy dmitry dmytro ekaterina elizaveta evgeni evgeniy evgenia evgeniya fedor galina gennadi gleb
grigori halyna
igor ihor ilya inna iryna kateryna kirill kristina ksenia larisa larysa leonid lesia liliia liudmila ludmila maksim maksym marina maryna
mikhail mykhailo
mykola nadezhda natalya nataliia nikita nikolai nikolay nina oksana oleg oleh oleksandra olena olha pavlo petro polina roman ruslan
semyon sergey
serhii sofiia stanislav svetlana svitlana taras tatiana tetiana timofei vadim vadym valentyna valeriy vasyl vera veronika viacheslav
viktor viktoriia
vitaliy vitalii vladislav vladimir volodymyr yana yaroslav yevhen yulia yuliia yuri yuriy zinaida
adriana afonso aline ana amanda andre andreia antonio arthur barbara beatriz bernardo breno bruna bruno caio camila carla carolina
catarina cecilia
clara cristiane daniela debora diana diego diogo duarte edson eduarda elaine emanuel fabio felipe fernando filipa flavia francisca
gabriela giovana
goncalo guilherme gustavo heitor helena henrique hugo igor ines isabela isadora jessica joana joaquim julia juliana julio katia larissa
leandro
leonor leticia livia lorena lucas luana luciana luiz luiza manuela marcela marcia marcio marcos mariana marcelo matheus mauricio miguel
monique
murilo nuno otavio patricia priscila rafaela raissa renan rita rodrigo rogerio rui samuel sergio simone sofia sonia susana tania tatiane
telma thais
thiago tiago tomas vanessa vasco vinicius vitor wagner wesley yasmin yuri
akari akemi akiko akira aoi asuka atsushi ayaka ayako ayumi chie chiyo daiki daisuke eiji emiko etsuko fumiko fumio goro hanako haruka
haruki haruto
hideki hideo hikari hiroko hiroshi hiroyuki hitomi ichiro isamu jiro junichi junko kaito kana kaori katsumi kazuko kazuo kazuya keiko
keisuke kenichi
kenji kenta kiyoshi kohei koichi kouji kumiko kyoko maki makoto manabu masaki masako masaru mayumi megumi michiko midori mika minako
minoru misaki
mitsuko miyuki momoko naoki naoko naomi natsuki noboru nobuko nobuo noriko osamu reiko rie rika ryo ryota ryosuke sachiko saki sakura
satomi satoshi
sayuri shigeru shinichi shinji shiori shizuka shota shun takahiro takashi takeshi takuma takumi takuya taro tatsuya tetsuya tomoko
tomomi tomoya
toshiko tsubasa yasuko yasuo yoichi yoko yosuke yoshiko youichi yui yuka yukari yuki yukiko yumi yumiko yuto yuya
"""

GIVEN_NAMES: frozenset[str] = frozenset((_ITALIAN + _ENGLISH + _OTHER + _FURTHER).split())
"""Lower case, accents mostly off. Not a dictionary: a column is recognised when many of its values are here."""
