PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE ValidPaths (
    id               integer primary key autoincrement not null,
    path             text unique not null,
    hash             text not null,
    registrationTime integer not null,
    deriver          text,
    narSize          integer,
    ultimate         integer, -- null implies "false"
    sigs             text, -- space-separated
    ca               text -- if not null, an assertion that the path is content-addressed; see ValidPathInfo
);
INSERT INTO ValidPaths VALUES(1,'/nix/store/5akl8zsmda0yrr63v4khwgskih2g2hsh-greeting','sha256:0a430879c266f8b57f4092a0f935cf3facd48bbccde5760d4748ca405171e969',1795432356,NULL,120,NULL,'catnix-vectors-1:IbRC4/YkYw7oXXkjEgZctSDUJU7ASay9JeJSMymXtK90N4USbGI1ALx8WTVaXdyXyblqZOTJQaFPWSr0SDEqDw==','text:sha256:094qif9n4cq4fdg459qzbhg1c6wywawwaaivx0k0x8xhbyx4vwic');
INSERT INTO ValidPaths VALUES(2,'/nix/store/0gc281q33ak4ydd7wbkr27swsh6sqmc1-linked-1.0.drv','sha256:1d4ecc11199929c9b4b84e551dc0e82ebe5a7e443add2102c14e0549c0ae9fee',1795432356,NULL,520,NULL,NULL,'text:sha256:1vqz1jliz8c5bv78jbmzsnra4p5blcmzq0cizmfhxg0fk9pcrgcf');
INSERT INTO ValidPaths VALUES(3,'/nix/store/2l1zipmcniv9hpzsx4q2308apzaj4rcg-alone.drv','sha256:8233de4a322a18885be76ca6ce31e64da848c74a60b33e30c311093b2e5b49ac',1795432356,NULL,400,NULL,NULL,'text:sha256:1xq12gyrqnc3x87pl1q507v3gizpp550c5ni4d4ngk2v6izgdb3h');
INSERT INTO ValidPaths VALUES(4,'/nix/store/si7qpqdvwk04xz5wjn3mhn0l552kn578-alone','sha256:127bba53bc4b334bace27b8ed7f237dc21cb9aed8f375c630a53688f6bcc1d5b',1795432356,'/nix/store/2l1zipmcniv9hpzsx4q2308apzaj4rcg-alone.drv',120,1,'catnix-vectors-1:rRQzk2F6JuQDuqQiXxfQwKHcqxlLNdsH/YMhRV0LWBSlrHbtVgTZSOv9hCB08HiPL0Fk6uHuyAQ5PnUIRgzEBA==',NULL);
INSERT INTO ValidPaths VALUES(5,'/nix/store/wsmazb3r35azfzllwcys1p88amc1rlp7-linked-1.0','sha256:f92d4f7f563561a6e277d777c4af53136598897ccba3877a91ca41fcfc5a280f',1795432356,'/nix/store/0gc281q33ak4ydd7wbkr27swsh6sqmc1-linked-1.0.drv',224,1,'catnix-vectors-1:6+3TwwOX65dPgVhulSLsIkpn8gWaqp9/AzW7VYrJhf7PcHJbbzWeU44K61tiZYrVA+SJdMlK0Nr4HkXgUVCOAA==',NULL);
CREATE TABLE Refs (
    referrer  integer not null,
    reference integer not null,
    primary key (referrer, reference),
    foreign key (referrer) references ValidPaths(id) on delete cascade,
    foreign key (reference) references ValidPaths(id) on delete restrict
);
INSERT INTO Refs VALUES(2,1);
INSERT INTO Refs VALUES(5,1);
INSERT INTO Refs VALUES(5,5);
CREATE TABLE DerivationOutputs (
    drv  integer not null,
    id   text not null, -- symbolic output id, usually "out"
    path text not null,
    primary key (drv, id),
    foreign key (drv) references ValidPaths(id) on delete cascade
);
INSERT INTO DerivationOutputs VALUES(2,'out','/nix/store/wsmazb3r35azfzllwcys1p88amc1rlp7-linked-1.0');
INSERT INTO DerivationOutputs VALUES(3,'out','/nix/store/si7qpqdvwk04xz5wjn3mhn0l552kn578-alone');
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('ValidPaths',5);
CREATE INDEX IndexReferrer on Refs(referrer);
CREATE INDEX IndexReference on Refs(reference);
CREATE TRIGGER DeleteSelfRefs before delete on ValidPaths
  begin
    delete from Refs where referrer = old.id and reference = old.id;
  end;
CREATE INDEX IndexDerivationOutputs on DerivationOutputs(path);
COMMIT;
