"""
Domains whose mailboxes anybody can have: an address there does not say who belongs together.

Nobody makes or joins an organisation by one of them, whatever an issuer signs.
"""

_UNDER = {
    "yahoo": (
        *("com", "de", "fr", "it", "es", "in", "ca", "gr", "ie", "pl", "ro", "se", "dk", "no", "co.jp", "co.uk"),
        *("co.in", "co.id", "co.kr", "co.nz", "co.za", "com.ar", "com.au", "com.br", "com.co", "com.hk", "com.mx"),
        *("com.my", "com.ph", "com.sg", "com.tr", "com.tw", "com.vn"),
    ),
    "hotmail": (
        *("com", "de", "fr", "it", "es", "be", "ca", "ch", "cl", "dk", "fi", "gr", "hu", "nl", "no", "se", "co.jp"),
        *("co.uk", "co.in", "co.kr", "co.nz", "co.za", "com.ar", "com.au", "com.br", "com.mx", "com.tr"),
    ),
    "live": (
        *("com", "de", "fr", "it", "be", "ca", "cl", "cn", "dk", "ie", "in", "jp", "nl", "no", "ru", "se", "co.uk"),
        *("co.kr", "co.za", "com.ar", "com.au", "com.mx", "com.pt", "com.sg"),
    ),
    "outlook": (
        *("com", "de", "fr", "it", "es", "at", "be", "bg", "cl", "cz", "dk", "ie", "in", "jp", "kr", "lv", "ph", "pt"),
        *("sa", "sk", "co.id", "co.il", "co.th", "com.ar", "com.au", "com.br", "com.gr", "com.hr", "com.tr", "com.vn"),
    ),
    "gmx": ("at", "biz", "ch", "co.uk", "com", "de", "es", "eu", "fr", "info", "li", "net", "org", "us"),
    "yandex": ("by", "com", "com.tr", "kz", "ru", "ua", "uz"),
    "proton": ("me", "ch"),
    "protonmail": ("ch", "com"),
    "tutanota": ("com", "de"),
    "tuta": ("com", "io"),
}
_SINGLE = (
    *("gmail.com", "googlemail.com", "msn.com", "passport.com", "windowslive.com", "ymail.com", "rocketmail.com"),
    *("myyahoo.com", "icloud.com", "me.com", "mac.com", "aol.com", "aol.de", "aol.co.uk", "aim.com", "mail.com"),
    *("email.com", "usa.com", "pm.me", "tutamail.com", "keemail.me", "fastmail.com", "fastmail.fm", "hey.com"),
    *(
        "zoho.com",
        "zohomail.com",
        "zohomail.eu",
        "hushmail.com",
        "mailbox.org",
        "posteo.de",
        "posteo.net",
        "riseup.net",
    ),
    *(
        "duck.com",
        "mozmail.com",
        "inbox.com",
        "inbox.lv",
        "web.de",
        "freenet.de",
        "t-online.de",
        "arcor.de",
        "email.de",
    ),
    *("1und1.de", "vodafone.de", "orange.fr", "wanadoo.fr", "free.fr", "laposte.net", "sfr.fr", "neuf.fr", "bbox.fr"),
    *("libero.it", "virgilio.it", "tiscali.it", "alice.it", "tin.it", "telefonica.net", "terra.es", "ono.com"),
    *("btinternet.com", "sky.com", "talktalk.net", "virginmedia.com", "ntlworld.com", "blueyonder.co.uk"),
    *("bluewin.ch", "ziggo.nl", "kpnmail.nl", "planet.nl", "xs4all.nl", "home.nl", "telenet.be", "skynet.be"),
    *("seznam.cz", "centrum.cz", "post.cz", "azet.sk", "wp.pl", "o2.pl", "onet.pl", "interia.pl", "op.pl"),
    *("freemail.hu", "citromail.hu", "abv.bg", "mail.bg", "ukr.net", "i.ua", "mail.ru", "bk.ru", "list.ru", "inbox.ru"),
    *("internet.ru", "rambler.ru", "ya.ru", "comcast.net", "verizon.net", "att.net", "sbcglobal.net", "bellsouth.net"),
    *("cox.net", "charter.net", "earthlink.net", "juno.com", "rogers.com", "shaw.ca", "sympatico.ca", "telus.net"),
    *(
        "bigpond.com",
        "optusnet.com.au",
        "xtra.co.nz",
        "uol.com.br",
        "bol.com.br",
        "terra.com.br",
        "globo.com",
        "ig.com.br",
    ),
    *("rediffmail.com", "qq.com", "foxmail.com", "163.com", "126.com", "yeah.net", "sina.com", "sina.cn", "sohu.com"),
    *("aliyun.com", "139.com", "189.cn", "naver.com", "hanmail.net", "daum.net", "nate.com", "docomo.ne.jp"),
    *("ezweb.ne.jp", "softbank.ne.jp", "mail.ee", "walla.co.il", "mailinator.com", "guerrillamail.com", "yopmail.com"),
)
CONSUMER_DOMAINS = frozenset({*_SINGLE, *(f"{name}.{end}" for name, ends in _UNDER.items() for end in ends)})
