/* What the statements about payers have in common. */
#ifndef BILLING_MOVEMENT_SQL_H
#define BILLING_MOVEMENT_SQL_H

/* Who is not left out of figures; p is a payer. Whose account is gone, or not known, counts. */
#define PAYER_COUNTS                                                                               \
	"NOT EXISTS (SELECT FROM users u WHERE u.id = p.user_id"                                   \
	" AND (u.is_staff OR u.is_test OR u.is_banned))"

#endif
