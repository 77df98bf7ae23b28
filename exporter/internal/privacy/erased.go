package privacy
