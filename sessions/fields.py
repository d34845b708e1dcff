"""The tags the session layer names, and the data fields whose value may hold any byte.

Tags are text everywhere, because that is how a split message gives them. This file owns no
behaviour and knows no dictionary.
"""

from types import MappingProxyType
from typing import Final

SOH: Final = "\x01"
USER_DEFINED_MIN: Final = 5000  # tags from here on mean what two counterparties agreed on

BEGIN_SEQ_NO: Final = "7"
BEGIN_STRING: Final = "8"
BODY_LENGTH: Final = "9"
CHECK_SUM: Final = "10"
END_SEQ_NO: Final = "16"
MSG_SEQ_NUM: Final = "34"
MSG_TYPE: Final = "35"
NEW_SEQ_NO: Final = "36"
POSS_DUP_FLAG: Final = "43"
REF_SEQ_NUM: Final = "45"
SENDER_COMP_ID: Final = "49"
SENDER_SUB_ID: Final = "50"
SENDING_TIME: Final = "52"
TARGET_COMP_ID: Final = "56"
TARGET_SUB_ID: Final = "57"
TEXT: Final = "58"
RAW_DATA_LENGTH: Final = "95"
RAW_DATA: Final = "96"
POSS_RESEND: Final = "97"
ENCRYPT_METHOD: Final = "98"
HEART_BT_INT: Final = "108"
TEST_REQ_ID: Final = "112"
ON_BEHALF_OF_COMP_ID: Final = "115"
ON_BEHALF_OF_SUB_ID: Final = "116"
ORIG_SENDING_TIME: Final = "122"
GAP_FILL_FLAG: Final = "123"
DELIVER_TO_COMP_ID: Final = "128"
DELIVER_TO_SUB_ID: Final = "129"
RESET_SEQ_NUM_FLAG: Final = "141"
SENDER_LOCATION_ID: Final = "142"
TARGET_LOCATION_ID: Final = "143"
ON_BEHALF_OF_LOCATION_ID: Final = "144"
DELIVER_TO_LOCATION_ID: Final = "145"
LAST_MSG_SEQ_NUM_PROCESSED: Final = "369"
REF_TAG_ID: Final = "371"
REF_MSG_TYPE: Final = "372"
SESSION_REJECT_REASON: Final = "373"
BUSINESS_REJECT_REF_ID: Final = "379"
BUSINESS_REJECT_REASON: Final = "380"
MAX_MESSAGE_SIZE: Final = "383"
NO_MSG_TYPES: Final = "384"
MSG_DIRECTION: Final = "385"
USERNAME: Final = "553"
PASSWORD: Final = "554"  # noqa: S105  (a tag, not a secret)
NEXT_EXPECTED_MSG_SEQ_NUM: Final = "789"
NEW_PASSWORD: Final = "925"  # noqa: S105  (a tag, not a secret)
APPL_VER_ID: Final = "1128"
REF_APPL_VER_ID: Final = "1130"
DEFAULT_APPL_VER_ID: Final = "1137"
ENCRYPTED_NEW_PASSWORD: Final = "1404"  # noqa: S105  (a tag, not a secret)
SESSION_STATUS: Final = "1409"
DEFAULT_VER_INDICATOR: Final = "1410"

SESSION_TAGS: Final = frozenset(
    (
        *(BEGIN_STRING, BODY_LENGTH, MSG_TYPE, CHECK_SUM, MSG_SEQ_NUM, SENDING_TIME),
        *(SENDER_COMP_ID, SENDER_SUB_ID, SENDER_LOCATION_ID),
        *(TARGET_COMP_ID, TARGET_SUB_ID, TARGET_LOCATION_ID),
        *(POSS_DUP_FLAG, POSS_RESEND, ORIG_SENDING_TIME, LAST_MSG_SEQ_NUM_PROCESSED),
        *(ENCRYPT_METHOD, HEART_BT_INT, RESET_SEQ_NUM_FLAG, NEXT_EXPECTED_MSG_SEQ_NUM),
        *(USERNAME, PASSWORD, NEW_PASSWORD, MAX_MESSAGE_SIZE, DEFAULT_APPL_VER_ID),
    )
)
"""Fields of a Logon(A) that a session writes itself."""

# Length tag -> data tag, all versions. Eleven pairs do not follow "data = length + 1", and a data
# field must be cut by its length even where no dictionary is loaded.
# fmt: off
BUILT_IN_DATA_FIELDS: Final = MappingProxyType({
    "90": "91", "93": "89", "95": "96", "212": "213", "348": "349", "350": "351", "352": "353",
    "354": "355", "356": "357", "358": "359", "360": "361", "362": "363", "364": "365",
    "445": "446", "618": "619", "621": "622", "1184": "1185", "1277": "1278", "1280": "1281",
    "1282": "1283", "1397": "1398", "1401": "1402", "1403": "1404", "1468": "1469",
    "1525": "1527", "1578": "1579", "1620": "1621", "1664": "1665", "1678": "1697",
    "1733": "1734", "1871": "1872", "1874": "1875", "2072": "2073", "2074": "2075",
    "2111": "2112", "2179": "2180", "2287": "2288", "2351": "2352", "2372": "2371",
    "2481": "2482", "2494": "2493", "2522": "2521", "2637": "2638", "2651": "2652",
    "2665": "2666", "2715": "2716", "2718": "2719", "2721": "2722", "2797": "2798",
    "2802": "2801", "2809": "2808", "2815": "2814", "40004": "40005", "40008": "40009",
    "40978": "40979", "40980": "40981", "40982": "40983", "40984": "40985", "40986": "40987",
    "40988": "40989", "41083": "41084", "41101": "41102", "41107": "41108", "41256": "41257",
    "41320": "41321", "41324": "41325", "41458": "41459", "41476": "41477", "41482": "41483",
    "41653": "41654", "41710": "41711", "41806": "41807", "41811": "41812", "41873": "41874",
    "41969": "41970", "42025": "42026", "42171": "42172", "42451": "42452", "42652": "42653",
    "42947": "42948", "43109": "42684", "43110": "42486", "43111": "42982",
})
# fmt: on
