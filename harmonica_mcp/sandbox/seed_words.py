"""What the people of Fennmill, who do not exist, said in their repair café's sessions."""

Talk = tuple[str, tuple[str, ...]]

HOURS: tuple[Talk, ...] = (
    (
        "Mira",
        (
            (
                "I work until five, so the café is always closed when I could bring my toaster. "
                "An evening every other week would help me most."
            ),
            (
                "Last month I carried a broken lamp home again because the door was locked. "
                "After that I nearly threw it away."
            ),
            (
                "The volunteers are tired in the evening, I know. "
                "But two of us would take the evening shift if we had a key."
            ),
            "I could ask the school for the hall on Thursday evenings. That's all from me.",
        ),
    ),
    (
        "Tomasz",
        (
            (
                "Saturday morning is the only time when parents with children can come. "
                "I would not give it up for an evening."
            ),
            "The soldering bench needs daylight. In winter an evening would mean poor repairs.",
        ),
    ),
    ("Wilma", ()),
)

SPRING_DAY: tuple[Talk, ...] = (
    (
        "Okan",
        (
            "We repaired many bicycles, but the queue at the sewing table was far too long.",
            (
                "People waited without knowing when their turn would come. "
                "Numbered cards at the door would have calmed the queue."
            ),
            "I never found the spare fuses. The shelf needs labels.",
            "We should print the numbered cards before the autumn day.",
        ),
    ),
    (
        "Priya",
        (
            (
                "The queue was long because only one sewing machine worked. "
                "A second sewing machine is worth more than any card."
            ),
            "Visitors liked to sit next to us and learn. That was the best part of the day.",
            "I disagree that it was badly planned. It was simply more visitors than we expected.",
            "I can teach an introduction to the sewing machine in June.",
        ),
    ),
    (
        "Edda",
        (
            "The cake table paid for all spare parts. We should keep it.",
            "Visitors asked me where the queue begins, again and again. Signs would help.",
            "I'd start with labels for the shelf, they cost nothing.",
            "Nothing more from me. It was a good day.",
        ),
    ),
)

VOLUNTEERS: tuple[Talk, ...] = (
    (
        "Lev",
        ("I learned most by sitting beside someone who knew more. A mentor for each newcomer.",),
    ),
)

TOOL_LIBRARY: tuple[Talk, ...] = (
    (
        "Juna",
        (
            "I need a drill twice a year. Buying one for that is silly, borrowing is better.",
            "Our street shares a ladder already, and it works because we know each other.",
            "The library should live in the container behind the café, it is dry there.",
            "We could begin with ten tools that people give us.",
        ),
    ),
    (
        "Marlow",
        (
            "Who pays when a borrowed drill breaks? I worry that we end up with a box of junk.",
            "A deposit would make people careful with the tools.",
            "But a high deposit shuts out those who need borrowing most.",
            "Let's try a small deposit and give it back at once.",
        ),
    ),
    (
        "Sefa",
        (
            "I would rather have a list of who owns what than a container full of tools.",
            "A list costs nothing and the tools stay with people who look after them.",
            "Not everyone wants strangers at the door, though. The list must be voluntary.",
            "I can write the first version of the list.",
        ),
    ),
    (
        "Bo",
        (
            "Safety first: nobody should take the saw without an introduction.",
            "We could give the introduction during the Saturday café.",
            "The container has no light. Borrowing in winter means a torch.",
            "A lamp for the container is a small repair, I can do it.",
        ),
    ),
    (
        "Hanne",
        (
            "My neighbours are old and cannot carry tools. Delivery by cargo bike would help them.",
            "The cargo bike stands unused on weekdays.",
            "A deposit is fine, but not in cash. Most of us pay by phone.",
            "I'd start with delivery on Wednesdays.",
        ),
    ),
)
