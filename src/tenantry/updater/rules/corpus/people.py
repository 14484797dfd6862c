"""First and last names: ours, and of nobody in particular when put together by chance."""

from typing import Final

FIRST_NAMES: Final = tuple(
    """
    Aaliyah Aaron Abdul Abigail Adaeze Adam Adrian Agnes Ahmed Aisha Akira Alan Alejandra Alex
    Alice Alicia Amara Amelia Amina Amir Amy Ana Andre Andrea Angela Anil Anita Anna Anthony
    Antonio Anya Arjun Arthur Asha Ashley Astrid Audrey Austin Beatriz Ben Benita Bernard Beth
    Bianca Bilal Blake Bo Brandon Brenda Brian Brianna Bruce Caleb Camila Carla Carlos Carmen
    Caroline Cecilia Chang Charles Charlotte Chen Chidi Chloe Christian Christine Claire Clara
    Colin Connor Cora Cynthia Dalia Dana Daniel Darius David Deborah Deepak Denise Derek Diana
    Diego Dmitri Dolores Dominic Donna Dylan Edgar Edith Eduardo Eileen Elena Eli Elise Elizabeth
    Ella Elliot Emeka Emily Emma Eric Erin Esther Ethan Eva Evelyn Fatima Felix Fernanda Fiona
    Frances Francisco Frank Gabriel Gabriela Gail George Gerald Giovanni Gloria Grace Graham Greta
    Gustavo Hana Hannah Harold Harriet Hassan Heather Hector Helen Henry Hiroshi Holly Hugo Ian
    Ibrahim Imani Ines Ingrid Irene Isaac Isabel Ivan Jack Jacob Jade Jamal James Jane Jasmine
    Javier Jay Jean Jennifer Jerome Jesse Jin Joan Joel John Jonas Jorge Joseph Joy Juan Julia
    Julian June Kai Karen Karim Katherine Kavita Keisha Kelly Kenji Kevin Khadija Kim Kiran Kofi
    Kwame Kyle Lamar Laura Lauren Layla Leah Leila Leo Leon Leticia Liam Lily Linda Ling Lisa
    Logan Lorenzo Louis Lucas Lucia Luis Lydia Mae Malik Manuel Marcus Margaret Maria Mariam Marie
    Mario Mark Martha Martin Mason Mateo Maya Megan Mei Melissa Michael Miguel Mina Miriam Mohamed
    Molly Monica Morgan Nadia Nancy Naomi Natalie Nathan Neha Nia Nicholas Nicole Nina Noah Noor
    Nora Olga Oliver Olivia Omar Oscar Pablo Pamela Patricia Patrick Paul Paula Pedro Peter Philip
    Phoebe Pilar Priya Rachel Rafael Rahul Raj Ramona Raquel Ravi Raymond Rebecca Renee Ricardo
    Rita Robert Roberta Rohan Rosa Rose Roy Ruby Russell Ruth Ryan Sabrina Sadia Salma Sam Samira
    Samuel Sandra Sanjay Sara Scott Sean Selma Serena Shanice Sharon Sheila Silvia Simon Sofia
    Sonia Stella Stephen Steven Susan Sven Tamara Tanya Tariq Teresa Terrence Theo Thomas Tiana
    Tina Tobias Tomas Tony Tracy Trevor Tyrone Uma Valerie Vanessa Vera Veronica Victor Vikram
    Vincent Violet Virginia Walter Wanda Wei Wendy William Xavier Ximena Yara Yasmin Yolanda Yuki
    Yusuf Zachary Zahra Zara Zoe
    """.split()  # noqa: SIM905 - one name a line would be pages
)

LAST_NAMES: Final = tuple(
    """
    Abara Acosta Adeyemi Aguilar Ahmadi Akhtar Albrecht Alvarado Amadi Anand Andersen
    Aquino Arroyo Asante Atkins Avila Ayala Bakshi Baldwin Banerjee Banks Barrera Barton Bauer
    Becerra Beckett Bello Benitez Berger Bhatt Blackwell Blanchard Bowen Bradshaw Brandt Briggs
    Bui Burke Bustos Calderon Callahan Camacho Cardenas Carver Castellano Cervantes Chandra Chaney
    Chavez Cheng Choi Chowdhury Clay Coleman Conley Contreras Corbett Cordova Cortez Crane Cruz
    Cullen Dang Das Dawson Delgado Desai Diaz Diop Dominguez Donovan Drake Duarte Duffy Dunbar
    Duran Dutta Easton Eberhart Egan Ekwueme Ellison Eriksen Escobar Espinoza Estrada
    Falk Farrell Faulkner Ferreira Figueroa Finch Fischer Fitzgerald Flores Fontaine Foster Fraser
    Fuentes Fujita Galvan Gandhi Garner Garza Ghosh Gibbs Gillespie Goldberg Gomez Granger Greer
    Grimes Guerra Gupta Gutierrez Haddad Hale Hamadi Hansen Hardin Harmon Hashimoto Hayes Heller
    Hendricks Hernandez Herrera Hidalgo Hoang Holloway Hoffman Huang Huerta Hussain Hutchins
    Ibarra Iglesias Inoue Iqbal Ito Iyer Jacobs Jaffe Jansen Jarvis Jensen Jimenez Joshi Juarez
    Kaminski Kang Kapoor Kaur Keller Kendrick Khan Kimura Kirby Klein Knox Kovac Kowalski Kruger
    Kumar Kwon Lambert Langley Larsen Lawson Le Ledford Leung Levine Lim Lindgren Liu Lockhart
    Lombardi Londono Lopez Lowry Lozano Luna Lynch Macias Madden Mahmoud Maldonado Malone Marin
    Marquez Massey Mata Matsuda Mbeki McAllister McCarthy McKenna Mehta Mejia Mendez Mensah
    Meyer Mishra Molina Montoya Mora Moreno Morrow Mukherjee Munoz Murray Nair Nakamura Navarro
    Ndiaye Nelson Newell Ng Nguyen Nielsen Nolan Norwood Nunez Nwosu Obrien Ochoa Odom Okafor
    Okoye Oliveira Olsen Ortega Osman Owusu Pacheco Padilla Park Parrish Patel Paz Pena
    Perez Pham Phelps Pierce Pineda Popov Portillo Prakash Prescott Quang Quinn Quintero Ramirez
    Rangel Rao Raza Reddy Reyes Rhodes Rios Rivas Rivera Robles Rojas Romano Rosales Rosen Rowe
    Roy Rubio Saito Salazar Salinas Sanchez Sandoval Santiago Sasaki Sato Saunders Schaefer
    Schmidt Schultz Serrano Shah Shapiro Sharma Shepherd Silva Singh Slater Solis Soto Stanton
    Stein Suarez Sullivan Suzuki Tadesse Takahashi Tan Tate Thakur Thornton Tovar Tran Trevino
    Trujillo Underwood Uribe Valdez Vance Vargas Vaughn Vega Velasco Vu Wagner Walsh Wang Watts
    Weaver Weiss Whitaker Wilkins Winters Wolff Wong Woodard Xu Yamada Yang Yates Yilmaz Yoon
    York Zamora Zhang Zhou Zimmerman Zuniga
    """.split()  # noqa: SIM905 - as above
)

SCREENED: Final = frozenset(
    line.strip()
    for line in """
    Adam Levine
    Amir Khan
    Amy Tan
    Ana Navarro
    Anil Kapoor
    Anthony Wong
    Arjun Kapoor
    David Lynch
    Diego Luna
    Diego Rivera
    Dolores Huerta
    Ella Fitzgerald
    George Lopez
    Helen Hayes
    Helen Keller
    Hugo Chavez
    Isaac Hayes
    Jane Lynch
    Jennifer Lopez
    Joseph McCarthy
    Kelly Lynch
    Kevin McCarthy
    Mario Lopez
    Melissa McCarthy
    Naomi Klein
    Naomi Watts
    Patrick Quinn
    Peter Lynch
    Rahul Gandhi
    Raj Kapoor
    Rosa Salazar
    Samuel Beckett
    Sanjay Gandhi
    Sanjay Gupta
    Sean Hayes
    Sharon Tate
    Simon Beckett
    Sonia Gandhi
    Sonia Sanchez
    Stephen Crane
    Vera Wang
    """.strip().splitlines()
)
"""Who is too well known to be made up by chance."""
